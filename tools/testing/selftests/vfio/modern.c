// SPDX-License-Identifier: GPL-2.0-only
/* How is a request brought to a VF by its modern registers, and seen to be completed? */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "modern.h"
#include "unit.h"

#define SIZE		16	/* of the ring */
#define DESC		0	/* pages */
#define DRIVER_AREA	1
#define DEVICE_AREA	2
#define BUFFER		3
#define POLL_US		50
#define VERSION_1	1	/* these two are in the second word of the features */
#define ACCESS_PLATFORM	2

struct descriptor { uint64_t address; uint32_t len; uint16_t flags, next; };
struct available { uint16_t flags, index, ring[]; };
struct used { uint16_t flags, index; struct { uint32_t id, len; } ring[]; };

enum { NEXT = 1, DEVICE_WRITES = 2 };

/* What each type is given to do: parts of one chain */
struct work {
	uint16_t id;
	uint16_t queue;
	struct { uint32_t offset, len; uint16_t flags; } parts[3];
};

static const struct work works[] = {
	/* a frame to send, behind a header of zeroes */
	{ 0x1041, 1, { { 0, 12, NEXT }, { 16, 60, 0 } } },
	/* a sector to read: the request, 512 bytes, the status */
	{ 0x1042, 0, { { 0, 16, NEXT }, { 16, 512, NEXT | DEVICE_WRITES },
		       { 528, 1, DEVICE_WRITES } } },
};

static unsigned char *memory;

static const struct work *work_of(const struct vf *vf)
{
	for (int i = 0; i < ARRAY_SIZE(works); i++)
		if (works[i].id == vf->own_id)
			return &works[i];
	unit_skip("what a device of this type does with a buffer is not known here");
}

static struct modern_place find(struct vf *vf, int type)
{
	unsigned int cap = vf_capability(vf, PCI_CAP_ID_VNDR, type);

	if (!cap)
		return (struct modern_place) {};
	return (struct modern_place) {
		.bar = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_BAR, 1),
		.offset = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_OFFSET, 4),
		.len = vf_read(vf, CONFIG, cap + VIRTIO_PCI_CAP_LENGTH, 4),
	};
}

void modern_find(struct modern *modern, struct vf *vf)
{
	unsigned int notify = vf_capability(vf, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG);

	*modern = (struct modern) {
		.vf = vf,
		.common = find(vf, VIRTIO_PCI_CAP_COMMON_CFG),
		.isr = find(vf, VIRTIO_PCI_CAP_ISR_CFG),
		.device = find(vf, VIRTIO_PCI_CAP_DEVICE_CFG),
		.notify = find(vf, VIRTIO_PCI_CAP_NOTIFY_CFG),
		.multiplier = vf_read(vf, CONFIG, notify + VIRTIO_PCI_NOTIFY_CAP_MULT, 4),
	};
	ASSERT(modern->common.len >= M_COMMON_LEN);
	ASSERT(modern->notify.len >= 2);
	ASSERT_EQ(vf_write(vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), 0);
}

void modern_init(struct modern *modern, struct vf *vf)
{
	modern_find(modern, vf);
	if (!memory)
		memory = mmap(NULL, MODERN_LENGTH, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT(memory != MAP_FAILED);
	memset(memory, 0, MODERN_LENGTH);
	ASSERT_EQ(vf_map(vf, MODERN_IOVA, memory, MODERN_LENGTH), 0);
}

int64_t modern_get(struct modern *modern, unsigned int offset, size_t len)
{
	return vf_read(modern->vf, modern->common.bar, modern->common.offset + offset, len);
}

void modern_put(struct modern *modern, unsigned int offset, size_t len, uint64_t value)
{
	ASSERT_EQ(vf_write(modern->vf, modern->common.bar, modern->common.offset + offset, len,
			   value), 0);
}

static void put_address(struct modern *modern, unsigned int offset, uint64_t address)
{
	modern_put(modern, offset, 4, address & 0xffffffff);
	modern_put(modern, offset + 4, 4, address >> 32);
}

static void lay_out(struct modern *modern, const struct work *work)
{
	struct descriptor *descriptors = (void *)(memory + DESC * MODERN_PAGE);

	memset(memory, 0, MODERN_LENGTH);
	for (int i = 0; i < 3 && work->parts[i].len; i++) {
		descriptors[i].address = MODERN_IOVA + BUFFER * MODERN_PAGE +
					 work->parts[i].offset;
		descriptors[i].len = work->parts[i].len;
		descriptors[i].flags = work->parts[i].flags;
		descriptors[i].next = i + 1;
	}
	modern->offered = 0;
}

uint32_t modern_begin(struct modern *modern, uint32_t more)
{
	uint32_t high;

	modern_put(modern, M_STATUS, 1, 0);
	ASSERT_EQ(modern_get(modern, M_STATUS, 1), 0);
	modern_put(modern, M_STATUS, 1, ACKNOWLEDGE | DRIVER);
	modern_put(modern, M_DRIVER_FEATURE_SELECT, 4, 0);
	modern_put(modern, M_DRIVER_FEATURE, 4, 0);
	/* a device behind an IOMMU wants that to be accepted */
	modern_put(modern, M_DEVICE_FEATURE_SELECT, 4, 1);
	high = modern_get(modern, M_DEVICE_FEATURE, 4) & (VERSION_1 | ACCESS_PLATFORM | more);
	ASSERT(high & VERSION_1);
	modern_put(modern, M_DRIVER_FEATURE_SELECT, 4, 1);
	modern_put(modern, M_DRIVER_FEATURE, 4, high);
	modern_put(modern, M_STATUS, 1, ACKNOWLEDGE | DRIVER | M_FEATURES_OK);
	ASSERT_EQ(modern_get(modern, M_STATUS, 1), ACKNOWLEDGE | DRIVER | M_FEATURES_OK);
	return high & more;
}

void modern_set_up(struct modern *modern, uint64_t desc, uint64_t driver, uint64_t device)
{
	put_address(modern, M_QUEUE_DESC, desc);
	put_address(modern, M_QUEUE_DRIVER, driver);
	put_address(modern, M_QUEUE_DEVICE, device);
	modern_put(modern, M_QUEUE_ENABLE, 2, 1);
}

void modern_driver_ok(struct modern *modern)
{
	modern_put(modern, M_STATUS, 1, ACKNOWLEDGE | DRIVER | M_FEATURES_OK | DRIVER_OK);
}

void modern_start(struct modern *modern)
{
	const struct work *work = work_of(modern->vf);

	modern_begin(modern, 0);
	lay_out(modern, work);
	modern_put(modern, M_QUEUE_SELECT, 2, work->queue);
	ASSERT(modern_get(modern, M_QUEUE_SIZE, 2) >= SIZE);
	modern_put(modern, M_QUEUE_SIZE, 2, SIZE);
	modern_set_up(modern, MODERN_IOVA + DESC * MODERN_PAGE,
		      MODERN_IOVA + DRIVER_AREA * MODERN_PAGE,
		      MODERN_IOVA + DEVICE_AREA * MODERN_PAGE);
	modern_driver_ok(modern);
}

uint16_t modern_queue(struct modern *modern)
{
	return work_of(modern->vf)->queue;
}

uint64_t modern_doorbell_of(struct modern *modern, uint16_t queue)
{
	modern_put(modern, M_QUEUE_SELECT, 2, queue);
	return modern->notify.offset +
	       modern_get(modern, M_QUEUE_NOTIFY_OFF, 2) * modern->multiplier;
}

uint64_t modern_doorbell(struct modern *modern)
{
	return modern_doorbell_of(modern, modern_queue(modern));
}

/* All requests are the one chain, which the device has given back before */
void modern_publish(struct modern *modern)
{
	struct available *available = (void *)(memory + DRIVER_AREA * MODERN_PAGE);

	available->ring[modern->offered % SIZE] = 0;
	modern->offered++;
	__atomic_store_n(&available->index, modern->offered, __ATOMIC_RELEASE);
}

bool modern_completes(struct modern *modern, int us)
{
	volatile struct used *used = (void *)(memory + DEVICE_AREA * MODERN_PAGE);

	for (; us > 0 && used->index != modern->offered; us -= POLL_US)
		usleep(POLL_US);
	return used->index == modern->offered;
}
