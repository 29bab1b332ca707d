// SPDX-License-Identifier: GPL-2.0
/*
 * video_frames DEVICE FRAMES: for real.sh: writes frames to a loopback device of Video4Linux, and
 * reads them from buffers that the device maps. Exit status 0 if each frame came as it was written.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define WIDTH	64
#define HEIGHT	48
#define BYTES	(WIDTH * HEIGHT * 2)
#define BUFFERS	8

static unsigned char *mapped[BUFFERS], frame[BYTES];

static void call(int fd, unsigned long request, void *arg, const char *what)
{
	if (ioctl(fd, request, arg) < 0)
		err(1, "%s", what);
}

static int open_as(const char *device, int flags, unsigned int type)
{
	struct v4l2_format format = { .type = type };
	int fd = open(device, flags);

	if (fd < 0)
		err(1, "%s", device);
	format.fmt.pix.width = WIDTH;
	format.fmt.pix.height = HEIGHT;
	format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
	format.fmt.pix.sizeimage = BYTES;
	call(fd, VIDIOC_S_FMT, &format, "set the format");
	return fd;
}

static struct v4l2_buffer buffer(unsigned int index)
{
	return (struct v4l2_buffer) {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

static void begin_to_read(int fd)
{
	struct v4l2_requestbuffers wanted = {
		.count = BUFFERS,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	enum v4l2_buf_type type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_buffer buf;
	unsigned int i;

	call(fd, VIDIOC_REQBUFS, &wanted, "ask for buffers");
	for (i = 0; i < wanted.count && i < BUFFERS; i++) {
		buf = buffer(i);
		call(fd, VIDIOC_QUERYBUF, &buf, "look at a buffer");
		mapped[i] = mmap(NULL, buf.length, PROT_READ, MAP_SHARED, fd, buf.m.offset);
		if (mapped[i] == MAP_FAILED)
			err(1, "map a buffer");
		call(fd, VIDIOC_QBUF, &buf, "queue a buffer");
	}
	call(fd, VIDIOC_STREAMON, &type, "begin");
}

static void write_frame(int fd)
{
	size_t i;

	for (i = 0; i < BYTES; i++)
		frame[i] = rand();
	if (write(fd, frame, BYTES) != BYTES)
		err(1, "write a frame");
}

static void read_frame(int fd)
{
	struct v4l2_buffer buf = buffer(0);

	call(fd, VIDIOC_DQBUF, &buf, "get a frame");
	if (buf.index >= BUFFERS || buf.bytesused != BYTES ||
	    memcmp(mapped[buf.index], frame, BYTES))
		errx(1, "a frame of %u bytes is not the one that was written", buf.bytesused);
	call(fd, VIDIOC_QBUF, &buf, "give a buffer back");
}

/* The device is ready for a reader when the first frame was written. */
int main(int argc, char **argv)
{
	int out, in, frames;

	if (argc != 3)
		errx(2, "which device, and how many frames?");
	out = open_as(argv[1], O_WRONLY, V4L2_BUF_TYPE_VIDEO_OUTPUT);
	write_frame(out);
	in = open_as(argv[1], O_RDWR, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	begin_to_read(in);
	read_frame(in);
	for (frames = atoi(argv[2]); frames > 1; frames--) {
		write_frame(out);
		read_frame(in);
	}
	return 0;
}
