// SPDX-License-Identifier: GPL-2.0-only
/* How is a VF asked which pages it wrote to? */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "log.h"

static int feature(struct vf *vf, uint32_t flags, const void *data, size_t len)
{
	uint64_t buf[16] = {};
	struct vfio_device_feature *head = (void *)buf;

	head->argsz = sizeof(*head) + len;
	head->flags = flags;
	if (len)
		memcpy(head->data, data, len);
	if (ioctl(vf->device, VFIO_DEVICE_FEATURE, head))
		return -errno;
	if (len)
		memcpy((void *)data, head->data, len);
	return 0;
}

int log_start(struct vf *vf, uint64_t *page_size, const void *ranges, uint32_t count)
{
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = *page_size,
		.num_ranges = count,
		.ranges = (uintptr_t)ranges,
	};
	int ret = feature(vf, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			  &control, sizeof(control));

	*page_size = control.page_size;
	return ret;
}

int log_stop(struct vf *vf)
{
	return feature(vf, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
}

int log_report(struct vf *vf, uint64_t iova, uint64_t length, uint64_t page_size, void *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.bitmap = (uintptr_t)bitmap,
	};

	return feature(vf, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
		       &report, sizeof(report));
}

int log_probe(struct vf *vf, unsigned int number, unsigned int flags)
{
	return feature(vf, VFIO_DEVICE_FEATURE_PROBE | flags | number, NULL, 0);
}
