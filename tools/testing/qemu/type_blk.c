// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-blk-pf and its VFs: each function has a drive. The PF's is drive=, the
 * VFs' are vf-drives=A:B:..., one for each.
 */
#include "qemu/osdep.h"
#include "hw/pci/pci_ids.h"
#include "hw/virtio/virtio-blk.h"
#include "qapi/error.h"
#include "card.h"

static const struct card_field blk_fields[] = {
	{ 0, 8 },	/* capacity */
	{ 8, 4 },	/* size_max */
	{ 12, 4 },	/* seg_max */
	{ 16, 2 },	/* geometry.cylinders */
	{ 18, 1 },	/* geometry.heads */
	{ 19, 1 },	/* geometry.sectors */
	{ 20, 4 },	/* blk_size */
	{ 24, 1 },	/* topology.physical_block_exp */
	{ 25, 1 },	/* topology.alignment_offset */
	{ 26, 2 },	/* topology.min_io_size */
	{ 28, 4 },	/* topology.opt_io_size */
	{ 32, 1 },	/* writeback */
	{ 33, 1 },	/* unused0 */
	{ 34, 2 },	/* num_queues */
	{ 36, 4 },	/* max_discard_sectors */
	{ 40, 4 },	/* max_discard_seg */
	{ 44, 4 },	/* discard_sector_alignment */
	{ 48, 4 },	/* max_write_zeroes_sectors */
	{ 52, 4 },	/* max_write_zeroes_seg */
	{ 56, 1 },	/* write_zeroes_may_unmap */
	{ 57, 3 },	/* unused1 */
	{ 60, 4 },	/* max_secure_erase_sectors */
	{ 64, 4 },	/* max_secure_erase_seg */
	{ 68, 4 },	/* secure_erase_sector_alignment */
	{ }
};

static unsigned int blk_queues(VirtIODevice *vdev)
{
	return VIRTIO_BLK(vdev)->conf.num_queues;
}

static unsigned int blk_queue_max(VirtIODevice *vdev, uint64_t features, unsigned int index)
{
	return index < blk_queues(vdev) ? virtio_queue_get_max_num(vdev, index) : 0;
}

static uint8_t blk_own_flags(VirtIODevice *vdev)
{
	return blk_enable_write_cache(VIRTIO_BLK(vdev)->blk) ? OWN_WRITEBACK : 0;
}

static void blk_set_own_flags(VirtIODevice *vdev, uint8_t flags)
{
	blk_set_enable_write_cache(VIRTIO_BLK(vdev)->blk, flags & OWN_WRITEBACK);
}

static void blk_drain_drive(VirtIODevice *vdev)
{
	blk_drain(VIRTIO_BLK(vdev)->blk);
}

static char **drive_names(struct card_pf *pf)
{
	return g_strsplit(pf->type_data ?: "", ":", 0);
}

static bool set_queues(VirtIODevice *vdev, unsigned int queues, Error **errp)
{
	if (VIRTIO_BLK(vdev)->conf.num_queues != VIRTIO_BLK_AUTO_NUM_QUEUES)
		return true;
	return object_property_set_uint(OBJECT(vdev), "num-queues", queues, errp);
}

static bool blk_pf_prepare(struct card_pf *pf, Error **errp)
{
	g_auto(GStrv) names = drive_names(pf);

	if (g_strv_length(names) != pf->vfs) {
		error_setg(errp, "vf-drives names %u drives, vfs=%u wants one for each",
			   g_strv_length(names), pf->vfs);
		return false;
	}
	return set_queues(pf->func.vdev, 1, errp);
}

static bool blk_vf_prepare(struct card_vf *vf, Error **errp)
{
	g_auto(GStrv) names = drive_names(vf->pf);

	return object_property_set_str(OBJECT(vf->func.vdev), "drive", names[vf->index], errp) &&
	       set_queues(vf->func.vdev, vf->pf->vf_queues, errp);
}

static char *get_vf_drives(Object *obj, Error **errp)
{
	return g_strdup(CARD_PF(obj)->type_data ?: "");
}

static void set_vf_drives(Object *obj, const char *text, Error **errp)
{
	struct card_pf *pf = CARD_PF(obj);

	if (DEVICE(obj)->realized) {
		error_setg(errp, "vf-drives can only be set at the start");
		return;
	}
	g_free(pf->type_data);
	pf->type_data = g_strdup(text);
}

static void blk_pf_exit(struct card_pf *pf)
{
	g_free(pf->type_data);
	pf->type_data = NULL;
}

static void blk_pf_class_init(ObjectClass *class)
{
	object_class_property_add_str(class, "vf-drives", get_vf_drives, set_vf_drives);
}

static const struct card_type blk_type = {
	.name = "blk",
	.backend = TYPE_VIRTIO_BLK,
	.pci_class = PCI_CLASS_STORAGE_SCSI,
	.fields = blk_fields,
	.pf_class_init = blk_pf_class_init,
	.queues = blk_queues,
	.queue_max = blk_queue_max,
	.own_known_flags = OWN_WRITEBACK,
	.own_flags = blk_own_flags,
	.set_own_flags = blk_set_own_flags,
	.drain = blk_drain_drive,
	.pf_prepare = blk_pf_prepare,
	.vf_prepare = blk_vf_prepare,
	.pf_exit = blk_pf_exit,
};

DEFINE_CARD_TYPE(blk_type)
