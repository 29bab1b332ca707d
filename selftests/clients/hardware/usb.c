// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_hardware_usb: built with slab_override.h; asks a USB device for its descriptor, by a
 * control transfer into an object of kmalloc(). Loading fails if there is no device, or if it does
 * not say what the kernel knows of it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/usb.h>

/* Root hubs are the host controller's driver, and no memory of theirs is mapped. */
static int take_device(struct usb_device *udev, void *found)
{
	if (!udev->parent)
		return 0;
	*(struct usb_device **)found = usb_get_dev(udev);
	return 1;
}

static int ask(struct usb_device *udev)
{
	size_t size = sizeof(struct usb_device_descriptor);
	struct usb_device_descriptor *said = kzalloc(size, GFP_KERNEL);
	int got = -ENOMEM;

	if (said)
		got = usb_control_msg(udev, usb_rcvctrlpipe(udev, 0), USB_REQ_GET_DESCRIPTOR,
				      USB_DIR_IN, USB_DT_DEVICE << 8, 0, said, size,
				      USB_CTRL_GET_TIMEOUT);
	pr_info("control transfer of %s: %d\n", dev_name(&udev->dev), got);
	if (got >= 0)
		got = got == size && !memcmp(said, &udev->descriptor, size) ? 0 : -EIO;
	kfree(said);
	return got;
}

static int __init hardware_usb_init(void)
{
	struct usb_device *udev = NULL;
	int err;

	usb_for_each_dev(&udev, take_device);
	if (!udev)
		return -ENODEV;
	err = ask(udev);
	usb_put_dev(udev);
	return err;
}
module_init(hardware_usb_init);

static void __exit hardware_usb_exit(void)
{
}
module_exit(hardware_usb_exit);

MODULE_DESCRIPTION("Gives memory of kmalloc() to a USB device");
MODULE_LICENSE("GPL");
