// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test: a parent of vDPA devices that is all the simulator is not. It takes whole
 * tables, has packed rings, a page to notify by, descriptors in a group of their own
 * and queues of different sizes; it fails when it is told to. No request is served.
 * Its sysfs attribute "queues" says what it was told of each: whether it is ready, where
 * it starts (index and wrap counter, available and used), and for which processors it is;
 * "beyond" how often it was asked for what its configuration space does not have, "status" its
 * device status, "identity" whether it uses a kernel driver's addresses (1), "interrupt" whether
 * its configuration interrupt is wanted; writing raises it; "kicked" how it was notified.
 * The parameter "platform" is the address of a PCI function without a driver: devices
 * made then have no translation, the function accesses memory for them, and the platform's
 * IOMMU is between.
 * With "physical" they do not offer ACCESS_PLATFORM, with "dma" they map a kernel driver's
 * memory themselves.
 * Loading it fails when the bus takes an incomplete one: vdpa_exercise_tables.c.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/vdpa.h>
#include <linux/wait.h>
#include <uapi/linux/virtio_config.h>

#include "exercise.h"
#include "vdpa_exercise.h"

struct exercise {
	struct vdpa_device vdev;
	struct exercise_config config;
	struct vdpa_vq_state state[EXERCISE_VQS];
	bool ready[EXERCISE_VQS];
	struct cpumask affinity[EXERCISE_VQS];	/* empty: none was asked for */
	atomic_t kicks;
	u32 kick_data;		/* of the last notification with data */
	u32 *doorbell;		/* a page */
	u16 belongs;		/* the queue whose page it is */
	struct pci_dev *platform;	/* or NULL: it translates by itself */
	unsigned int beyond;	/* accesses beyond the configuration space */
	u8 status;
	int identity;		/* how often it was told to use a kernel driver's addresses */
	bool leaving;		/* nobody waits for it any more */
	wait_queue_head_t wait;
	struct mutex cb_lock;	/* held while the callback runs */
	struct vdpa_callback config_cb;
};

static char exercise_platform[sizeof("0000:00:00.0\n")];
module_param_string(platform, exercise_platform, sizeof(exercise_platform), 0644);
MODULE_PARM_DESC(platform, "PCI function that accesses memory for the next devices");

static bool exercise_maps;
module_param_named(dma, exercise_maps, bool, 0644);
MODULE_PARM_DESC(dma, "the next devices map a kernel driver's memory themselves");

static bool exercise_physical;
module_param_named(physical, exercise_physical, bool, 0644);
MODULE_PARM_DESC(physical, "the next devices do not offer ACCESS_PLATFORM");

/* the feature NOTIFICATION_DATA */
enum { EXERCISE_DATA_NONE, EXERCISE_DATA, EXERCISE_DATA_UNABLE };

static unsigned int exercise_data;
module_param_named(data, exercise_data, uint, 0644);
MODULE_PARM_DESC(data, "the next devices offer NOTIFICATION_DATA: 1, or 2 without the operation for it");

static unsigned int exercise_linger_ms;
module_param_named(linger_ms, exercise_linger_ms, uint, 0644);
MODULE_PARM_DESC(linger_ms, "how long a wait for a device that does not answer outlasts its deletion, in ms");

static struct device *exercise_device;

static struct exercise *to_exercise(struct vdpa_device *vdev)
{
	return container_of(vdev, struct exercise, vdev);
}

static int exercise_set_vq_address(struct vdpa_device *vdev, u16 idx,
				   const struct vdpa_vq_address *address)
{
	return 0;
}

static u16 exercise_get_vq_size(struct vdpa_device *vdev, u16 idx)
{
	if (idx == EXERCISE_QUEUE && (to_exercise(vdev)->config.fail & EXERCISE_NO_QUEUE))
		return 0;
	return EXERCISE_VQ_MAX >> idx;
}

static int exercise_set_vq_num(struct vdpa_device *vdev, u16 idx, u32 num)
{
	u16 max = exercise_get_vq_size(vdev, idx);

	/* hardware takes what is written to a queue that is not there */
	return num && (num <= max || !max) ? 0 : -EINVAL;
}

static int exercise_set_vq_state(struct vdpa_device *vdev, u16 idx,
				 const struct vdpa_vq_state *state)
{
	to_exercise(vdev)->state[idx] = *state;
	return 0;
}

static int exercise_get_vq_state(struct vdpa_device *vdev, u16 idx, struct vdpa_vq_state *state)
{
	*state = to_exercise(vdev)->state[idx];
	return 0;
}

static int exercise_set_vq_ready(struct vdpa_device *vdev, u16 idx, bool ready)
{
	struct exercise *ex = to_exercise(vdev);

	if (ready && idx == EXERCISE_QUEUE && (ex->config.fail & EXERCISE_FAIL_QUEUE))
		return -EIO;
	if (!ready && (ex->config.fail & EXERCISE_NO_STOP) &&
	    (ex->status & VIRTIO_CONFIG_S_DRIVER_OK))
		return -EOPNOTSUPP;
	ex->ready[idx] = ready;
	return 0;
}

static bool exercise_get_vq_ready(struct vdpa_device *vdev, u16 idx)
{
	return to_exercise(vdev)->ready[idx];
}

static void exercise_set_vq_cb(struct vdpa_device *vdev, u16 idx, const struct vdpa_callback *cb)
{
}

static void exercise_kick_vq(struct vdpa_device *vdev, u16 idx)
{
	atomic_inc(&to_exercise(vdev)->kicks);
}

static void exercise_kick_vq_with_data(struct vdpa_device *vdev, u32 data)
{
	WRITE_ONCE(to_exercise(vdev)->kick_data, data);
}

static u32 exercise_get_vq_group(struct vdpa_device *vdev, u16 idx)
{
	return 0;
}

static u32 exercise_get_vq_desc_group(struct vdpa_device *vdev, u16 idx)
{
	return EXERCISE_DESC_GROUP;
}

/* one queue's page is its own; the others' is a part of one */
static struct vdpa_notification_area exercise_get_vq_notification(struct vdpa_device *vdev,
								  u16 idx)
{
	return (struct vdpa_notification_area) {
		.addr = virt_to_phys(to_exercise(vdev)->doorbell),
		.size = idx == to_exercise(vdev)->belongs ? PAGE_SIZE : PAGE_SIZE / 2,
	};
}

static int exercise_set_vq_affinity(struct vdpa_device *vdev, u16 idx, const struct cpumask *mask)
{
	if (mask)
		cpumask_copy(&to_exercise(vdev)->affinity[idx], mask);
	else
		cpumask_clear(&to_exercise(vdev)->affinity[idx]);
	return 0;
}

static const struct cpumask *exercise_get_vq_affinity(struct vdpa_device *vdev, u16 idx)
{
	const struct cpumask *mask = &to_exercise(vdev)->affinity[idx];

	return cpumask_empty(mask) ? NULL : mask;
}

/* the bus keeps them */
static int exercise_set_driver_features(struct vdpa_device *vdev, u64 features)
{
	return 0;
}

static u8 exercise_get_status(struct vdpa_device *vdev)
{
	return to_exercise(vdev)->status;
}

/* Like a NIC with fewer queues, which are elsewhere, it is so until other features are accepted */
static void exercise_set_status(struct vdpa_device *vdev, u8 status)
{
	struct exercise *ex = to_exercise(vdev);

	if (status & ~ex->status & VIRTIO_CONFIG_S_FEATURES_OK)
		ex->belongs = vdpa_driver_features(vdev) & BIT_ULL(VIRTIO_F_RING_PACKED) ?
			      EXERCISE_DOORBELL : EXERCISE_DOORBELL_SPLIT;
	ex->status = status;
}

static void exercise_set_config_cb(struct vdpa_device *vdev, const struct vdpa_callback *cb)
{
	struct exercise *ex = to_exercise(vdev);

	mutex_lock(&ex->cb_lock);
	ex->config_cb = *cb;
	mutex_unlock(&ex->cb_lock);
}

static bool exercise_answers(struct exercise *ex)
{
	return !(READ_ONCE(ex->config.fail) & EXERCISE_HANG);
}

/*
 * Like a daemon that is stopped: one wait has a limit, ends when the device is to be
 * removed, and after it the device is broken. Return: whether there is an answer.
 */
static bool exercise_wait(struct exercise *ex)
{
	if (exercise_answers(ex))
		return true;
	if (!vdpa_device_is_broken(&ex->vdev))
		wait_event_timeout(ex->wait, READ_ONCE(ex->leaving) || exercise_answers(ex),
				   30 * HZ);
	if (READ_ONCE(ex->leaving))
		msleep(READ_ONCE(exercise_linger_ms));
	if (exercise_answers(ex))
		return true;
	vdpa_device_broken(&ex->vdev);
	return false;
}

static int exercise_reset(struct vdpa_device *vdev)
{
	struct exercise *ex = to_exercise(vdev);
	const struct vdpa_callback none = {};

	if (!exercise_wait(ex))
		return -EIO;
	if (ex->config.fail & EXERCISE_FAIL_RESET)
		return -EIO;
	ex->status = 0;
	memset(ex->state, 0, sizeof(ex->state));
	memset(ex->ready, 0, sizeof(ex->ready));
	exercise_set_config_cb(vdev, &none);
	return 0;
}

/* The bus lets nobody go beyond; a parent that relies on that must be right to */
static bool exercise_config_has(struct exercise *ex, unsigned int offset, unsigned int len)
{
	if (offset <= sizeof(ex->config) && len <= sizeof(ex->config) - offset)
		return true;
	ex->beyond++;
	return false;
}

static void exercise_get_config(struct vdpa_device *vdev, unsigned int offset, void *buf,
				unsigned int len)
{
	struct exercise *ex = to_exercise(vdev);

	if (!exercise_wait(ex)) {
		memset(buf, 0, len);
		return;
	}
	ex->config.doorbell = READ_ONCE(*ex->doorbell);
	ex->config.kicks = atomic_read(&ex->kicks);
	ex->config.avail_index = ex->state[EXERCISE_QUEUE].packed.avail_index;
	ex->config.used_index = ex->state[EXERCISE_QUEUE].packed.used_index;
	ex->config.avail_wrap = ex->state[EXERCISE_QUEUE].packed.avail_wrap;
	ex->config.used_wrap = ex->state[EXERCISE_QUEUE].packed.used_wrap;
	if (exercise_config_has(ex, offset, len))
		memcpy(buf, (void *)&ex->config + offset, len);
}

static void exercise_set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
				unsigned int len)
{
	struct exercise *ex = to_exercise(vdev);

	if (exercise_config_has(ex, offset, len) && !offset && len == sizeof(ex->config.fail))
		memcpy(&ex->config.fail, buf, len);
	if (ex->config.fail & EXERCISE_BREAK)
		vdpa_device_broken(vdev);
}

static void exercise_free(struct vdpa_device *vdev)
{
	struct exercise *ex = to_exercise(vdev);

	free_page((unsigned long)ex->doorbell);
	if (!ex->platform)
		return;
	pci_disable_device(ex->platform);
	pci_dev_put(ex->platform);
}

static const struct vdpa_config_ops exercise_ops = {
	.set_vq_address = exercise_set_vq_address,
	.set_vq_num = exercise_set_vq_num,
	.set_vq_state = exercise_set_vq_state,
	.get_vq_state = exercise_get_vq_state,
	.set_vq_ready = exercise_set_vq_ready,
	.get_vq_ready = exercise_get_vq_ready,
	.set_vq_cb = exercise_set_vq_cb,
	.kick_vq = exercise_kick_vq,
	.kick_vq_with_data = exercise_kick_vq_with_data,
	.get_vq_size = exercise_get_vq_size,
	.get_vq_group = exercise_get_vq_group,
	.get_vq_desc_group = exercise_get_vq_desc_group,
	.get_vq_notification = exercise_get_vq_notification,
	.set_vq_affinity = exercise_set_vq_affinity,
	.get_vq_affinity = exercise_get_vq_affinity,
	.set_driver_features = exercise_set_driver_features,
	.get_status = exercise_get_status,
	.set_status = exercise_set_status,
	.reset = exercise_reset,
	.get_config = exercise_get_config,
	.set_config = exercise_set_config,
	.set_config_cb = exercise_set_config_cb,
	.free = exercise_free,
};

/* the same without an operation: set by exercise_init() */
static struct vdpa_config_ops exercise_unable_ops;

static int exercise_set_map(struct vdpa_device *vdev, unsigned int asid, struct vhost_iotlb *iotlb)
{
	struct exercise *ex = to_exercise(vdev);
	struct vhost_iotlb_map *map;
	u32 entries = 0;

	if (ex->config.fail & EXERCISE_FAIL_MAP)
		return -EIO;
	for (map = vhost_iotlb_itree_first(iotlb, 0, U64_MAX); map;
	     map = vhost_iotlb_itree_next(map, 0, U64_MAX))
		entries++;
	ex->config.tables++;
	ex->config.entries[asid] = entries;
	return 0;
}

static void exercise_reset_map(struct vdpa_device *vdev, unsigned int asid)
{
	to_exercise(vdev)->config.entries[asid] = 0;
}

/* nothing is accessed, so nothing has to be let through */
static int exercise_set_identity(struct vdpa_device *vdev, bool identity)
{
	struct exercise *ex = to_exercise(vdev);

	if (ex->config.fail & EXERCISE_FAIL_IDENTITY)
		return -EIO;
	ex->identity += identity ? 1 : -1;
	return 0;
}

static int exercise_set_group_asid(struct vdpa_device *vdev, unsigned int group,
				   unsigned int asid)
{
	return 0;
}

static const struct vdpa_map_ops exercise_map_ops = {
	.set_map = exercise_set_map,
	.reset_map = exercise_reset_map,
	.set_identity = exercise_set_identity,
	.set_group_asid = exercise_set_group_asid,
};

static ssize_t queues_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct exercise *ex = to_exercise(dev_to_vdpa(dev));
	int at = 0;

	for (int i = 0; i < EXERCISE_VQS; i++) {
		const struct vdpa_vq_state *state = &ex->state[i];

		at += sysfs_emit_at(buf, at, "%d %s %u,%d %u,%d %*pbl\n", i,
				    ex->ready[i] ? "ready" : "-",
				    state->packed.avail_index, state->packed.avail_wrap,
				    state->packed.used_index, state->packed.used_wrap,
				    cpumask_pr_args(&ex->affinity[i]));
	}
	return at;
}
static DEVICE_ATTR_RO(queues);

static ssize_t identity_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", to_exercise(dev_to_vdpa(dev))->identity);
}
static DEVICE_ATTR_RO(identity);

static ssize_t beyond_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_exercise(dev_to_vdpa(dev))->beyond);
}
static DEVICE_ATTR_RO(beyond);

/* Its configuration interrupt: whether somebody wants it, and to raise it */
static ssize_t interrupt_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct exercise *ex = to_exercise(dev_to_vdpa(dev));

	return sysfs_emit(buf, "%s\n", ex->config_cb.callback ? "wanted" : "-");
}

static ssize_t interrupt_store(struct device *dev, struct device_attribute *attr, const char *buf,
			       size_t len)
{
	struct exercise *ex = to_exercise(dev_to_vdpa(dev));

	mutex_lock(&ex->cb_lock);
	if (ex->config_cb.callback)
		ex->config_cb.callback(ex->config_cb.private);
	mutex_unlock(&ex->cb_lock);
	return len;
}
static DEVICE_ATTR_RW(interrupt);

static ssize_t status_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%#x\n", to_exercise(dev_to_vdpa(dev))->status);
}
static DEVICE_ATTR_RO(status);

/* How often it was notified without data, and the data of the last notification with it */
static ssize_t kicked_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct exercise *ex = to_exercise(dev_to_vdpa(dev));

	return sysfs_emit(buf, "%d %#x\n", atomic_read(&ex->kicks), READ_ONCE(ex->kick_data));
}
static DEVICE_ATTR_RO(kicked);

static ssize_t exercise_taken_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return 0;
}

/* the name of the first device that vhost_vdpa makes below its vDPA device */
static struct device_attribute exercise_taken = {
	.attr = { .name = "vhost-vdpa-0", .mode = 0444 },
	.show = exercise_taken_show,
};

static ssize_t fail_store(struct device *dev, struct device_attribute *attr, const char *buf,
			  size_t len)
{
	struct exercise *ex = to_exercise(dev_to_vdpa(dev));
	u32 fail;
	int ret;

	ret = kstrtou32(buf, 0, &fail);
	if (!ret && (fail & EXERCISE_FAIL_PROBE))
		ret = device_create_file(dev, &exercise_taken);
	else if (!ret && (ex->config.fail & EXERCISE_FAIL_PROBE))
		device_remove_file(dev, &exercise_taken);
	if (ret)
		return ret;
	WRITE_ONCE(ex->config.fail, fail);
	wake_up_all(&ex->wait);
	if (fail & EXERCISE_BREAK)
		vdpa_device_broken(&ex->vdev);
	return len;
}
static DEVICE_ATTR_WO(fail);

static struct attribute *exercise_attrs[] = {
	&dev_attr_beyond.attr,
	&dev_attr_fail.attr,
	&dev_attr_identity.attr,
	&dev_attr_interrupt.attr,
	&dev_attr_kicked.attr,
	&dev_attr_queues.attr,
	&dev_attr_status.attr,
	NULL,
};
ATTRIBUTE_GROUPS(exercise);

/* Return: the function named by "platform", able to access memory, or an error */
static struct pci_dev *exercise_take_platform(void)
{
	unsigned int domain, bus, slot, function;
	struct pci_dev *pdev;
	int ret;

	if (sscanf(exercise_platform, "%x:%x:%x.%u", &domain, &bus, &slot, &function) != 4)
		return ERR_PTR(-EINVAL);
	pdev = pci_get_domain_bus_and_slot(domain, bus, PCI_DEVFN(slot, function));
	if (!pdev)
		return ERR_PTR(-ENODEV);
	ret = pci_enable_device(pdev);
	if (ret) {
		pci_dev_put(pdev);
		return ERR_PTR(ret);
	}
	pci_set_master(pdev);
	return pdev;
}

static int exercise_add(struct vdpa_mgmt_dev *mdev, const char *name,
			const struct vdpa_dev_config *config)
{
	bool translates = !exercise_platform[0] || exercise_platform[0] == '\n';
	struct vdpa_device *vdev;
	struct pci_dev *pdev;
	int ret;

	vdev = vdpa_alloc_device(exercise_device,
				 exercise_data == EXERCISE_DATA_UNABLE ? &exercise_unable_ops :
									 &exercise_ops,
				 translates ? &exercise_map_ops : NULL, name,
				 sizeof(struct exercise));
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	init_waitqueue_head(&to_exercise(vdev)->wait);
	mutex_init(&to_exercise(vdev)->cb_lock);
	to_exercise(vdev)->doorbell = (u32 *)get_zeroed_page(GFP_KERNEL);
	vdev->mdev = mdev;
	vdev->dma_dev = &vdev->dev;
	vdev->dma = exercise_maps ? &exercise_dma_ops : NULL;
	vdev->dev.groups = exercise_groups;
	vdev->info = (struct vdpa_info) {
		.device_id = EXERCISE_ID,
		.features = BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_F_ACCESS_PLATFORM) |
			    BIT_ULL(VIRTIO_F_RING_PACKED),
		.config_size = sizeof(struct exercise_config),
		.nvqs = EXERCISE_VQS,
		.ngroups = EXERCISE_DESC_GROUP + 1,
		.nas = translates ? EXERCISE_SPACES : 1,
		.vq_num_max = EXERCISE_VQ_MAX,
		.vq_num_min = 1,
		.vq_align = PAGE_SIZE,
		.iova_first = EXERCISE_IOVA_FIRST,
		.iova_last = EXERCISE_IOVA_LAST,
	};
	if (exercise_data != EXERCISE_DATA_NONE)
		vdev->info.features |= BIT_ULL(VIRTIO_F_NOTIFICATION_DATA);
	if (exercise_physical)
		vdev->info.features &= ~BIT_ULL(VIRTIO_F_ACCESS_PLATFORM);
	ret = dma_coerce_mask_and_coherent(&vdev->dev, DMA_BIT_MASK(64));
	if (!ret && !translates) {
		pdev = exercise_take_platform();
		ret = PTR_ERR_OR_ZERO(pdev);
		if (!ret) {
			to_exercise(vdev)->platform = pdev;
			vdev->dma_dev = &pdev->dev;
		}
	}
	if (!ret)
		ret = to_exercise(vdev)->doorbell ? vdpa_register_device(vdev) : -ENOMEM;
	if (ret)
		put_device(&vdev->dev);
	return ret;
}

static void exercise_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev)
{
	struct exercise *ex = to_exercise(vdev);

	/* those that wait hold locks that the removal takes */
	WRITE_ONCE(ex->leaving, true);
	wake_up_all(&ex->wait);
	vdpa_unregister_device(vdev);
}

static const struct vdpa_mgmtdev_ops exercise_mgmt_ops = {
	.dev_add = exercise_add,
	.dev_del = exercise_del,
};

static const struct virtio_device_id exercise_ids[] = {
	{ EXERCISE_ID, VIRTIO_DEV_ANY_ID },
	{},
};

static struct vdpa_mgmt_dev exercise_mgmt = {
	.ops = &exercise_mgmt_ops,
	.id_table = exercise_ids,
	.max_supported_vqs = EXERCISE_VQS,
};

static int __init exercise_init(void)
{
	struct exercise_parent parent = {
		.ops = &exercise_ops,
		.map = &exercise_map_ops,
		.size = sizeof(struct exercise),
	};
	int ret;

	exercise_device = root_device_register(EXERCISE_NAME);
	if (IS_ERR(exercise_device))
		return PTR_ERR(exercise_device);
	exercise_mgmt.device = exercise_device;
	exercise_unable_ops = exercise_ops;
	exercise_unable_ops.kick_vq_with_data = NULL;
	parent.device = exercise_device;
	ret = exercise_tables(&parent);
	if (!ret)
		ret = vdpa_mgmtdev_register(&exercise_mgmt);
	if (ret)
		root_device_unregister(exercise_device);
	return ret;
}
module_init(exercise_init);

static void __exit exercise_exit(void)
{
	vdpa_mgmtdev_unregister(&exercise_mgmt);
	root_device_unregister(exercise_device);
}
module_exit(exercise_exit);

MODULE_DESCRIPTION("Test: vDPA devices with whole tables, doorbells and packed rings");
MODULE_LICENSE("GPL");
