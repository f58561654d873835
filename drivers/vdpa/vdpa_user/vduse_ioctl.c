// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ioctls does a device's node have?
 *
 * A row of the table has whether the command is allowed to a hung daemon, and since which
 * API version it exists. The argument's size is encoded in the command; it is copied in
 * and out here, so that handlers do not access the daemon's memory. The daemon may be
 * handling a message, so no handler takes a lock that is held while one is waited for.
 */
#include <linux/bitops.h>
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/virtio_config.h>

#include "vduse.h"

#ifdef CONFIG_COMPAT
/* Layouts of an ABI that aligns 64-bit integers to 4 bytes */
struct vduse_iotlb_entry_32 {
	compat_u64 offset;
	compat_u64 start;
	compat_u64 last;
	u8 perm;
};

struct vduse_vq_info_32 {
	u32 index;
	u32 num;
	compat_u64 desc_addr;
	compat_u64 driver_addr;
	compat_u64 device_addr;
	union {
		struct vduse_vq_state_split split;
		struct vduse_vq_state_packed packed;
	};
	u8 ready;
};
#endif

struct vduse_call {
	void __user *user;	/* the argument; some are followed by data */
	struct file *file;	/* to be installed as @fd, or NULL */
	int fd;
	union {
		u32 index;
		u64 features;
		struct vduse_iotlb_entry entry;
		struct vduse_iotlb_entry_v2 entry_v2;
		struct vduse_config_data config;
		struct vduse_vq_config vq;
		struct vduse_vq_info info;
		struct vduse_vq_eventfd eventfd;
		struct vduse_iova_info iova;
		struct vduse_iova_umem umem;
		struct vduse_vq_irqs irqs;
#ifdef CONFIG_COMPAT
		struct vduse_iotlb_entry_32 entry_32;
		struct vduse_vq_info_32 info_32;
#endif
	} arg;
};

static struct vduse_queue *vduse_call_queue(struct vduse_dev *dev, u32 index)
{
	if (index >= dev->nvqs)
		return NULL;
	return &dev->queues[array_index_nospec(index, dev->nvqs)];
}

static struct vduse_space *vduse_call_space(struct vduse_dev *dev, u32 asid)
{
	if (asid >= dev->nas)
		return NULL;
	return &dev->spaces[array_index_nospec(asid, dev->nas)];
}

static struct file *vduse_found_file(struct vduse_dev *dev, struct vduse_found *found)
{
	struct file *file;

	if (!found->file)
		return vduse_domain_file(dev->domain);
	file = vduse_proxy(found->file, &found->offset, found->last - found->first + 1,
			   found->perm);
	fput(found->file);
	return file;
}

/* The descriptor is installed by vduse_call_end(), after everything that can fail */
static int vduse_give_file(struct vduse_call *call, struct file *file)
{
	int fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	call->file = file;
	call->fd = fd;
	return 0;
}

static int vduse_get_stretch(struct vduse_dev *dev, struct vduse_call *call, u32 asid,
			     struct vduse_iotlb_entry *entry)
{
	struct vduse_space *space = vduse_call_space(dev, asid);
	struct vduse_found found;
	int ret;

	if (!space)
		return -EINVAL;
	ret = vduse_space_find(space, entry->start, entry->last, &found);
	if (!ret)
		ret = vduse_give_file(call, vduse_found_file(dev, &found));
	if (ret)
		return ret;
	entry->offset = found.offset;
	entry->start = found.first;
	entry->last = found.last;
	entry->perm = found.perm;
	return 0;
}

static int vduse_call_get_fd(struct vduse_dev *dev, struct vduse_call *call)
{
	return vduse_get_stretch(dev, call, 0, &call->arg.entry);
}

static int vduse_call_get_fd2(struct vduse_dev *dev, struct vduse_call *call)
{
	struct vduse_iotlb_entry_v2 *v2 = &call->arg.entry_v2;
	struct vduse_iotlb_entry entry = { .start = v2->start, .last = v2->last };
	int ret;

	if (memchr_inv(v2->reserved, 0, sizeof(v2->reserved)))
		return -EINVAL;
	ret = vduse_get_stretch(dev, call, v2->asid, &entry);
	v2->offset = entry.offset;
	v2->start = entry.start;
	v2->last = entry.last;
	v2->perm = entry.perm;
	return ret;
}

static int vduse_call_get_features(struct vduse_dev *dev, struct vduse_call *call)
{
	spin_lock_irq(&dev->state_lock);
	call->arg.features = dev->driver_features;
	spin_unlock_irq(&dev->state_lock);
	return 0;
}

static int vduse_call_set_config(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_config_data *config = &call->arg.config;
	void *buffer;
	int ret;

	/* check before the allocation; vduse_config_write() checks the offset */
	if (!config->length || config->length > dev->config_size)
		return -EINVAL;
	buffer = memdup_user(call->user + sizeof(*config), config->length);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	ret = vduse_config_write(dev, config->offset, buffer, config->length);
	kfree(buffer);
	return ret;
}

static int vduse_call_config_irq(struct vduse_dev *dev, struct vduse_call *call)
{
	return vduse_config_call(dev);
}

static bool vduse_vq_size_valid(const struct vduse_dev *dev, u16 size)
{
	if (size > VDUSE_VQ_MAX_SIZE)
		return false;
	/* the size of a split ring is a power of 2 */
	return !size || is_power_of_2(size) || dev->features & BIT_ULL(VIRTIO_F_RING_PACKED);
}

/* A daemon that reconnects sets up its queues again: no change is no error */
static int vduse_vq_setup_locked(struct vduse_dev *dev, struct vduse_queue *queue,
				 const struct vduse_vq_config *config)
{
	lockdep_assert_held(&dev->lock);
	if (queue->max_size == config->max_size && queue->group == config->group)
		return 0;
	if (dev->vdpa)
		return dev->api_version >= VDUSE_API_VERSION_1 &&
		       READ_ONCE(dev->status) & VIRTIO_CONFIG_S_DRIVER_OK ? -EINVAL : -EBUSY;
	queue->max_size = config->max_size;
	queue->group = config->group;
	return 0;
}

static int vduse_call_vq_setup(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_vq_config *config = &call->arg.vq;
	struct vduse_queue *queue = vduse_call_queue(dev, config->index);
	int ret;

	if (!queue || config->reserved1 || config->group >= dev->ngroups ||
	    memchr_inv(config->reserved2, 0, sizeof(config->reserved2)) ||
	    !vduse_vq_size_valid(dev, config->max_size))
		return -EINVAL;
	mutex_lock(&dev->lock);
	ret = vduse_vq_setup_locked(dev, queue, config);
	mutex_unlock(&dev->lock);
	return ret;
}

static void vduse_show_state(const struct vduse_dev *dev, const struct vdpa_vq_state *state,
			     struct vduse_vq_info *info)
{
	if (!(dev->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED))) {
		info->split.avail_index = state->split.avail_index;
		return;
	}
	info->packed.last_avail_counter = state->packed.avail_wrap;
	info->packed.last_avail_idx = state->packed.avail_index;
	info->packed.last_used_counter = state->packed.used_wrap;
	info->packed.last_used_idx = state->packed.used_index;
}

static int vduse_vq_info(struct vduse_dev *dev, u32 index, struct vduse_vq_info *info)
{
	struct vduse_queue *queue = vduse_call_queue(dev, index);

	if (!queue)
		return -EINVAL;
	memset(info, 0, sizeof(*info));
	spin_lock_irq(&dev->state_lock);
	info->index = index;
	info->num = queue->num;
	info->desc_addr = queue->address.desc;
	info->driver_addr = queue->address.driver;
	info->device_addr = queue->address.device;
	vduse_show_state(dev, &queue->state, info);
	spin_unlock_irq(&dev->state_lock);
	info->ready = vduse_is_ready(queue);
	return 0;
}

static int vduse_call_vq_info(struct vduse_dev *dev, struct vduse_call *call)
{
	return vduse_vq_info(dev, call->arg.info.index, &call->arg.info);
}

static int vduse_call_kickfd(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_vq_eventfd *eventfd = &call->arg.eventfd;
	struct vduse_queue *queue = vduse_call_queue(dev, eventfd->index);
	struct eventfd_ctx *ctx = NULL;

	if (!queue)
		return -EINVAL;
	if (eventfd->fd >= 0)
		ctx = eventfd_ctx_fdget(eventfd->fd);
	else if (eventfd->fd != VDUSE_EVENTFD_DEASSIGN)
		return 0;
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vduse_set_kickfd(queue, ctx);
	return 0;
}

static int vduse_call_callfd(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_vq_eventfd *eventfd = &call->arg.eventfd;
	struct vduse_queue *queue = vduse_call_queue(dev, eventfd->index);
	struct file *file = NULL;

	if (!queue)
		return -EINVAL;
	if (eventfd->fd != VDUSE_EVENTFD_DEASSIGN)
		file = eventfd_fget(eventfd->fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	return vduse_set_callfd(queue, file);
}

static int vduse_call_irq(struct vduse_dev *dev, struct vduse_call *call)
{
	struct vduse_queue *queue = vduse_call_queue(dev, call->arg.index);

	return queue ? vduse_call(queue) : -EINVAL;
}

/* All of them exist, or none is interrupted */
static bool vduse_irqs_valid(const struct vduse_dev *dev, const struct vduse_vq_irqs *irqs)
{
	return !irqs->reserved && irqs->first < dev->nvqs &&
	       fls64(irqs->queues) <= dev->nvqs - irqs->first;
}

static int vduse_call_irqs(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_vq_irqs *irqs = &call->arg.irqs;
	u64 left = irqs->queues;
	int ret = 0, one;

	if (!vduse_irqs_valid(dev, irqs))
		return -EINVAL;
	for (; left; left &= left - 1) {
		one = vduse_call(vduse_call_queue(dev, irqs->first + __ffs64(left)));
		ret = ret ?: one;
	}
	return ret;
}

static int vduse_call_get_kickfd(struct vduse_dev *dev, struct vduse_call *call)
{
	struct vduse_queue *queue = vduse_call_queue(dev, call->arg.index);
	struct file *file;

	if (!queue)
		return -EINVAL;
	file = vduse_get_driver_kick(queue);
	return file ? vduse_give_file(call, file) : -ENOENT;
}

static bool vduse_umem_valid(const struct vduse_dev *dev, const struct vduse_iova_umem *umem)
{
	return umem->asid < dev->nas && !memchr_inv(umem->reserved, 0, sizeof(umem->reserved));
}

/* May create the domain, after which its size is fixed, before the device is on the bus */
static int vduse_call_reg_umem(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_iova_umem *umem = &call->arg.umem;
	struct vduse_domain *domain;

	if (!vduse_umem_valid(dev, umem) || umem->asid)
		return -EINVAL;
	domain = vduse_need_domain(dev);
	if (!domain)
		return -ENOMEM;
	return vduse_umem_register(domain, umem->uaddr, umem->iova, umem->size);
}

static int vduse_call_dereg_umem(struct vduse_dev *dev, struct vduse_call *call)
{
	const struct vduse_iova_umem *umem = &call->arg.umem;

	if (!vduse_umem_valid(dev, umem))
		return -EINVAL;
	if (umem->asid || !READ_ONCE(dev->domain))
		return -ENOENT;
	return vduse_umem_deregister(dev->domain, umem->iova, umem->size);
}

/* -EFAULT for a bad argument is what mainline returns */
static int vduse_call_iova_info(struct vduse_dev *dev, struct vduse_call *call)
{
	struct vduse_iova_info *info = &call->arg.iova;
	struct vduse_space *space = vduse_call_space(dev, info->asid);
	struct vduse_found found;
	int ret;

	if (!space || memchr_inv(info->reserved, 0, sizeof(info->reserved)))
		return -EFAULT;
	ret = vduse_space_find(space, info->start, info->last, &found);
	if (ret)
		return ret;
	info->start = found.first;
	info->last = found.last;
	/* only bounce memory can be supplied by the daemon */
	info->capability = !found.file && !found.first ? VDUSE_IOVA_CAP_UMEM : 0;
	if (found.file)
		fput(found.file);
	return 0;
}

#ifdef CONFIG_COMPAT
static int vduse_call_get_fd_32(struct vduse_dev *dev, struct vduse_call *call)
{
	struct vduse_iotlb_entry_32 *entry_32 = &call->arg.entry_32;
	struct vduse_iotlb_entry entry = { .start = entry_32->start, .last = entry_32->last };
	int ret;

	ret = vduse_get_stretch(dev, call, 0, &entry);
	entry_32->offset = entry.offset;
	entry_32->start = entry.start;
	entry_32->last = entry.last;
	entry_32->perm = entry.perm;
	return ret;
}

static int vduse_call_vq_info_32(struct vduse_dev *dev, struct vduse_call *call)
{
	struct vduse_vq_info_32 *info_32 = &call->arg.info_32;
	struct vduse_vq_info info;
	int ret;

	ret = vduse_vq_info(dev, info_32->index, &info);
	if (ret)
		return ret;
	info_32->num = info.num;
	info_32->desc_addr = info.desc_addr;
	info_32->driver_addr = info.driver_addr;
	info_32->device_addr = info.device_addr;
	info_32->packed = info.packed;
	info_32->ready = info.ready;
	return 0;
}
#endif

struct vduse_command {
	unsigned int cmd;
	bool when_hung;		/* allowed to a hung daemon: only reads state */
	u32 since;		/* API version */
	int (*run)(struct vduse_dev *dev, struct vduse_call *call);
};

static const struct vduse_command vduse_commands[] = {
	{ VDUSE_IOTLB_GET_FD, true, 0, vduse_call_get_fd },
	{ VDUSE_DEV_GET_FEATURES, true, 0, vduse_call_get_features },
	{ VDUSE_DEV_SET_CONFIG, false, 0, vduse_call_set_config },
	{ VDUSE_DEV_INJECT_CONFIG_IRQ, false, 0, vduse_call_config_irq },
	{ VDUSE_VQ_SETUP, false, 0, vduse_call_vq_setup },
	{ VDUSE_VQ_GET_INFO, true, 0, vduse_call_vq_info },
	{ VDUSE_VQ_SETUP_KICKFD, false, 0, vduse_call_kickfd },
	{ VDUSE_VQ_INJECT_IRQ, false, 0, vduse_call_irq },
	{ VDUSE_IOTLB_REG_UMEM, false, 0, vduse_call_reg_umem },
	{ VDUSE_IOTLB_DEREG_UMEM, true, 0, vduse_call_dereg_umem },
	{ VDUSE_IOTLB_GET_INFO, true, 0, vduse_call_iova_info },
	{ VDUSE_IOTLB_GET_FD2, true, VDUSE_API_VERSION_1, vduse_call_get_fd2 },
	{ VDUSE_VQ_SETUP_CALLFD, false, 0, vduse_call_callfd },
	{ VDUSE_VQ_GET_KICKFD, true, 0, vduse_call_get_kickfd },
	{ VDUSE_VQ_INJECT_IRQS, false, 0, vduse_call_irqs },
};

/* Commands whose number differs for 32-bit processes */
static const struct vduse_command vduse_commands_32[] = {
#ifdef CONFIG_COMPAT
	{ _IOWR(VDUSE_BASE, 0x10, struct vduse_iotlb_entry_32), true, 0, vduse_call_get_fd_32 },
	{ _IOWR(VDUSE_BASE, 0x15, struct vduse_vq_info_32), true, 0, vduse_call_vq_info_32 },
#endif
};

static const struct vduse_command *vduse_command_of(const struct vduse_command *table,
						    size_t count, const struct vduse_dev *dev,
						    unsigned int cmd)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].cmd == cmd && table[i].since <= dev->api_version)
			return &table[i];
	return NULL;
}

/* The whole argument is copied back; fields that are only input are unchanged */
static int vduse_copy_back(struct vduse_call *call, unsigned int cmd)
{
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(call->user, &call->arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return 0;
}

/* Return: the descriptor, if the command has one, else @ret */
static long vduse_call_end(struct vduse_call *call, int ret)
{
	if (!call->file)
		return ret;
	if (ret) {
		put_unused_fd(call->fd);
		fput(call->file);
		return ret;
	}
	fd_install(call->fd, call->file);
	return call->fd;
}

static long vduse_run(const struct vduse_command *command, struct vduse_dev *dev,
		      void __user *arg)
{
	struct vduse_call call = { .user = arg };
	int ret;

	if (vduse_hung(dev) && !command->when_hung)
		return -EPERM;
	if (_IOC_DIR(command->cmd) & _IOC_WRITE &&
	    copy_from_user(&call.arg, arg, _IOC_SIZE(command->cmd)))
		return -EFAULT;
	ret = command->run(dev, &call);
	if (!ret)
		ret = vduse_copy_back(&call, command->cmd);
	return vduse_call_end(&call, ret);
}

long vduse_ioctl(struct vduse_dev *dev, unsigned int cmd, void __user *arg)
{
	const struct vduse_command *command;

	command = vduse_command_of(vduse_commands, ARRAY_SIZE(vduse_commands), dev, cmd);
	return command ? vduse_run(command, dev, arg) : -ENOTTY;
}

long vduse_compat_ioctl(struct vduse_dev *dev, unsigned int cmd, void __user *arg)
{
	const struct vduse_command *command;

	command = vduse_command_of(vduse_commands_32, ARRAY_SIZE(vduse_commands_32), dev, cmd);
	return command ? vduse_run(command, dev, arg) : vduse_ioctl(dev, cmd, arg);
}
