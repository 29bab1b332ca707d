# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# override_check.sh NM OBJECT...: warns of objects that were compiled with slab_override.h and call a function of the
# kernel that needs memory of the real slab. slab_override.mk calls it when a module was built. NM is the nm for its machine.

nm=$1
shift

# What looks an address up by page, or has a device read it: asked for with KSPAN_OVERRIDE_VMALLOC.
PHYSICAL='
dma_map_page_attrs dma_map_sg_attrs dma_map_sgtable dma_map_resource
sg_init_one sg_alloc_table_from_pages_segment __virt_addr_valid __phys_addr
crypto_aead_encrypt crypto_aead_decrypt crypto_skcipher_encrypt crypto_skcipher_decrypt
crypto_ahash_digest crypto_ahash_update crypto_ahash_finup crypto_akcipher_sync_encrypt crypto_akcipher_sync_decrypt
usb_submit_urb usb_control_msg usb_bulk_msg usb_interrupt_msg usb_sg_init hid_hw_raw_request
spi_sync spi_async spi_sync_locked i2c_transfer __i2c_transfer i2c_transfer_buffer_flags
sdio_memcpy_fromio sdio_memcpy_toio sdio_readsb sdio_writesb mmc_wait_for_req
bio_add_page __bio_add_page blk_rq_map_kern scsi_execute_cmd __scsi_execute
virtqueue_add_sgs virtqueue_add_outbuf virtqueue_add_inbuf ib_dma_map_sg_attrs rdma_rw_ctx_init'

# What frees memory that the module allocated, with the kernel's kfree(), or by page.
FREES='
seq_release_private simple_xattr_free simple_xattrs_free
drm_event_reserve_init drm_event_reserve_init_locked drm_send_event drm_send_event_locked
sk_msg_free sk_msg_free_nocharge sk_psock_drop
build_skb slab_build_skb napi_build_skb skb_add_rx_frag'

# warn OBJECT FUNCTIONS WHY
warn()
{
	source=$(basename "$1" .o).c
	echo "kspan: warning: $source calls $2: $3" >&2
	echo "kspan:          Give it memory of kspan_real_kmalloc(), or leave $source on the real slab:" >&2
	echo "kspan:          CFLAGS_$(basename "$1") += -DKSPAN_SLAB_OVERRIDE_OFF" >&2
}

# called_of "NAME...": which of them the object needs, as text
called_of()
{
	list=
	for name in $1; do
		case $needs in
		*" $name "*) list="${list:+$list, }$name()" ;;
		esac
	done
	echo "$list"
}

# built_with OBJECT MACRO: as far as the command is known by which it was compiled
built_with()
{
	grep -qs -e "-D$2" "$(dirname "$1")/.$(basename "$1").cmd"
}

for object; do
	! built_with "$object" KSPAN_SLAB_OVERRIDE_OFF || continue
	needs=" $("$nm" -u "$object" 2>/dev/null | awk '{ printf "%s ", $NF }')"
	called=""
	! built_with "$object" KSPAN_OVERRIDE_VMALLOC || called=$(called_of "$PHYSICAL")
	[ -z "$called" ] ||
		warn "$object" "$called" "what it is given must have a page; with KSPAN_OVERRIDE_VMALLOC it has none."
	called=$(called_of "$FREES")
	[ -z "$called" ] || warn "$object" "$called" "the kernel frees what it is given itself."
done
