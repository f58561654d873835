// SPDX-License-Identifier: GPL-2.0-only
/*
 * How are the registers of a modern driver kept from being mapped? vfio tells the user
 * which pages of a BAR can be mapped: those of the doorbells. All other accesses of a guest
 * are reads and writes of the region, so a reset or a new ring address passes this driver.
 *
 * A page that is mapped cannot be trapped later: a fault that fails ends the guest. So it
 * is decided when the VF is bound, and for VFs that can migrate.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>
#include <linux/virtio_pci.h>

#include "virtiovf.h"

static bool trap_modern = true;
module_param(trap_modern, bool, 0644);
MODULE_PARM_DESC(trap_modern,
		 "VFs that can migrate, from the next bind on: only doorbell pages of a modern BAR can be mapped (default: yes)");

/* --- which pages --- */

static u64 read_u64(struct pci_dev *pdev, int low, int high)
{
	u32 value = 0, upper = 0;

	pci_read_config_dword(pdev, low, &value);
	if (high)
		pci_read_config_dword(pdev, high, &upper);
	return (u64)upper << 32 | value;
}

static struct virtiovf_structure read_structure(struct pci_dev *pdev, int cap)
{
	struct virtiovf_structure it = {};
	int offset_hi = 0, length_hi = 0;

	pci_read_config_byte(pdev, cap + offsetof(struct virtio_pci_cap, cfg_type), &it.type);
	pci_read_config_byte(pdev, cap + offsetof(struct virtio_pci_cap, bar), &it.bar);
	if (it.type == VIRTIO_PCI_CAP_SHARED_MEMORY_CFG) {
		offset_hi = cap + offsetof(struct virtio_pci_cap64, offset_hi);
		length_hi = cap + offsetof(struct virtio_pci_cap64, length_hi);
	}
	it.offset = read_u64(pdev, cap + offsetof(struct virtio_pci_cap, offset), offset_hi);
	it.length = read_u64(pdev, cap + offsetof(struct virtio_pci_cap, length), length_hi);
	if (it.type == VIRTIO_PCI_CAP_NOTIFY_CFG)
		pci_read_config_dword(pdev, cap + offsetof(struct virtio_pci_notify_cap,
							   notify_off_multiplier), &it.multiplier);
	return it;
}

static unsigned int read_structures(struct pci_dev *pdev, struct virtiovf_structure *list,
				    unsigned int *window)
{
	unsigned int n = 0;

	for (int cap = pci_find_capability(pdev, PCI_CAP_ID_VNDR);
	     cap && n < VIRTIOVF_STRUCTURES_MAX;
	     cap = pci_find_next_capability(pdev, cap, PCI_CAP_ID_VNDR)) {
		u8 len = 0;

		pci_read_config_byte(pdev, cap + offsetof(struct virtio_pci_cap, cap_len), &len);
		if (len < sizeof(struct virtio_pci_cap))
			continue;
		list[n] = read_structure(pdev, cap);
		if (list[n++].type == VIRTIO_PCI_CAP_PCI_CFG)
			*window = cap + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);
	}
	return n;
}

/* Before the VF is registered, and after virtiovf_migration_init() */
void virtiovf_trap_init(struct virtiovf_device *vf)
{
	struct virtiovf_structure list[VIRTIOVF_STRUCTURES_MAX];
	struct virtiovf_trap *trap = &vf->trap;
	struct pci_dev *pdev = vf->core.pdev;
	u64 sizes[VIRTIOVF_TRAP_BARS] = {};
	unsigned int count;

	trap->state = "mapped";
	if (!READ_ONCE(trap_modern) || !vf->migration.supported)
		return;
	for (int bar = 0; bar < VIRTIOVF_TRAP_BARS; bar++)
		if (pci_resource_flags(pdev, bar) & IORESOURCE_MEM)
			sizes[bar] = pci_resource_len(pdev, bar);
	count = read_structures(pdev, list, &trap->window);
	if (!virtiovf_trap_plan(&trap->plan, list, count, sizes, PAGE_SIZE)) {
		trap->state = "shared";
		pci_info(pdev, "modern registers are mapped, not trapped: they share a page with doorbells\n");
	} else if (trap->plan.bars) {
		trap->state = "trapped";
		virtiovf_modern_layout(&trap->layout, list, count, sizes);
	} else {
		pci_info(pdev, "modern registers are not trapped: none found by %u capabilities\n",
			 count);
	}
}

/* Does a write of configuration space write a register, by the window that is there? */
bool virtiovf_trap_meets_window(struct virtiovf_device *vf, loff_t pos, size_t len)
{
	loff_t at = vf->trap.window;

	return at && pos < at + sizeof_field(struct virtio_pci_cfg_cap, pci_cfg_data) &&
	       at < pos + len;
}

/* --- what vfio says --- */

static int add_areas(const struct virtiovf_trap_plan *plan, u32 bar, struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	size_t size;
	int ret;

	sparse = kzalloc(struct_size(sparse, areas, plan->count), GFP_KERNEL);
	if (!sparse)
		return -ENOMEM;
	sparse->header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	sparse->header.version = 1;
	for (unsigned int i = 0; i < plan->count; i++) {
		if (plan->areas[i].bar != bar)
			continue;
		sparse->areas[sparse->nr_areas].offset = plan->areas[i].start;
		sparse->areas[sparse->nr_areas++].size = plan->areas[i].end - plan->areas[i].start;
	}
	size = struct_size(sparse, areas, sparse->nr_areas);
	ret = vfio_info_add_capability(caps, &sparse->header, size);
	kfree(sparse);
	return ret;
}

static bool has_area(const struct virtiovf_trap_plan *plan, u32 bar)
{
	for (unsigned int i = 0; i < plan->count; i++)
		if (plan->areas[i].bar == bar)
			return true;
	return false;
}

/* MSIX_MAPPABLE is left out: a vector table is mapped only if it shares a page with doorbells */
int virtiovf_trap_region_info(struct vfio_device *vdev, struct vfio_region_info *info,
			      struct vfio_info_cap *caps)
{
	struct virtiovf_device *vf = virtiovf_of(vdev);
	const struct virtiovf_trap_plan *plan = &vf->trap.plan;

	if (info->index >= VIRTIOVF_TRAP_BARS || !(plan->bars & BIT(info->index)))
		return vfio_pci_ioctl_get_region_info(vdev, info, caps);
	info->offset = VFIO_PCI_INDEX_TO_OFFSET(info->index);
	info->size = pci_resource_len(vf->core.pdev, info->index);
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (!vf->core.bar_mmap_supported[info->index] || !has_area(plan, info->index))
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	return add_areas(plan, info->index, caps);
}

int virtiovf_trap_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	const unsigned int shift = VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT;
	unsigned long region = vma->vm_pgoff >> shift;
	u64 offset = (u64)(vma->vm_pgoff & (BIT(shift) - 1)) << PAGE_SHIFT;

	if (region < VIRTIOVF_TRAP_BARS &&
	    !virtiovf_trap_mappable(&virtiovf_of(vdev)->trap.plan, region, offset,
				    vma->vm_end - vma->vm_start))
		return -EINVAL;
	return vfio_pci_core_mmap(vdev, vma);
}

/* How a modern driver gets at its registers: trapped, mapped, or shared (and mapped) */
static ssize_t modern_registers_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(dev);
	struct virtiovf_device *vf = container_of(core, struct virtiovf_device, core);

	return sysfs_emit(buf, "%s\n", vf->trap.state);
}
static DEVICE_ATTR_RO(modern_registers);

static struct attribute *trap_attrs[] = {
	&dev_attr_modern_registers.attr,
	NULL
};

const struct attribute_group virtiovf_trap_group = {
	.attrs = trap_attrs,
};
