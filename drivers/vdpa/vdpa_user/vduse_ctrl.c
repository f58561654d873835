// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices may be created? The ioctls of /dev/vduse/control, and the module's init.
 *
 * The API version and the features are a property of each open file. A device keeps those
 * that it was created with.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/virtio_blk.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_ids.h>
#include <uapi/linux/virtio_net.h>

#include "vduse.h"

#define VDUSE_OWN_FEATURES	(BIT_ULL(VDUSE_F_QUEUE_READY) | BIT_ULL(VDUSE_F_SUSPEND) |	\
				 BIT_ULL(VDUSE_F_RESUME) | BIT_ULL(VDUSE_F_KICKFD))

#define VDUSE_VQ_ALIGN_MIN	4

/* Each can hold as many entries as vhost_vdpa allows a process; real daemons use one or two */
#define VDUSE_SPACES_MAX	64

struct vduse_control {
	struct mutex lock;	/* protects all below */
	u64 api_version;
	bool asked;		/* the version was asked for or set; else GET chooses the newest */
	u64 own_features;
};

/* A supported type of device */
struct vduse_type {
	u32 device_id;
	u64 needs;
	u64 excludes;
	u32 config_min;		/* length of the fields that do not depend on a feature */
	bool net_admin;
};

static const struct vduse_type vduse_types[] = {
	{
		.device_id = VIRTIO_ID_NET,
		.needs = BIT_ULL(VIRTIO_F_VERSION_1),
		.config_min = offsetofend(struct virtio_net_config, mac),
		.net_admin = true,
	}, {
		.device_id = VIRTIO_ID_BLOCK,
		.excludes = BIT_ULL(VIRTIO_BLK_F_CONFIG_WCE),
		.config_min = offsetofend(struct virtio_blk_config, capacity),
	}, {
		.device_id = VIRTIO_ID_FS,
	},
};

static const struct vduse_type *vduse_type_of(u32 device_id)
{
	for (int i = 0; i < ARRAY_SIZE(vduse_types); i++)
		if (vduse_types[i].device_id == device_id)
			return &vduse_types[i];
	return NULL;
}

/* The name becomes that of a file in /dev/vduse and in sysfs */
static bool vduse_name_valid(const char *name)
{
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || iscntrl(*name))
			return false;
	return true;
}

static bool vduse_counts_valid(const struct vduse_dev_config *config, u32 api_version)
{
	if (api_version < VDUSE_API_VERSION_1)
		return !config->ngroups && !config->nas;
	return config->ngroups && config->ngroups <= U16_MAX &&
	       config->nas && config->nas <= VDUSE_SPACES_MAX;
}

static bool vduse_config_valid(const struct vduse_dev_config *config, u32 api_version)
{
	const struct vduse_type *type = vduse_type_of(config->device_id);
	u64 needs = BIT_ULL(VIRTIO_F_ACCESS_PLATFORM);

	if (!type || !vduse_name_valid(config->name) ||
	    memchr_inv(config->reserved, 0, sizeof(config->reserved)))
		return false;
	needs |= type->needs;
	return vduse_counts_valid(config, api_version) &&
	       is_power_of_2(config->vq_align) && config->vq_align >= VDUSE_VQ_ALIGN_MIN &&
	       config->vq_align <= PAGE_SIZE && config->vq_num <= U16_MAX &&
	       config->config_size >= type->config_min && config->config_size <= PAGE_SIZE &&
	       !(~config->features & needs) && !(config->features & type->excludes);
}

static bool vduse_allowed(const struct vduse_dev_config *config)
{
	return !vduse_type_of(config->device_id)->net_admin || capable(CAP_NET_ADMIN);
}

static int vduse_ctrl_create(struct vduse_control *control, void __user *arg)
{
	struct vduse_dev_config config;
	struct vduse_new new = { .config = &config };
	void *space;
	int ret;

	if (copy_from_user(&config, arg, sizeof(config)))
		return -EFAULT;
	config.name[VDUSE_NAME_MAX - 1] = '\0';
	mutex_lock(&control->lock);
	new.api_version = control->api_version;
	new.own_features = control->own_features;
	mutex_unlock(&control->lock);
	if (!vduse_config_valid(&config, new.api_version))
		return -EINVAL;
	if (!vduse_allowed(&config))
		return -EPERM;
	space = memdup_user(arg + sizeof(config), config.config_size);
	if (IS_ERR(space))
		return PTR_ERR(space);
	new.space = space;
	ret = vduse_registry_create(&new);
	kfree(space);
	return ret;
}

/* The argument may be shorter than VDUSE_NAME_MAX: DPDK passes a string, so do not read beyond */
static int vduse_ctrl_destroy(struct vduse_control *control, void __user *arg)
{
	char name[VDUSE_NAME_MAX];
	long len;

	len = strncpy_from_user(name, arg, sizeof(name));
	if (len < 0)
		return len;
	name[sizeof(name) - 1] = '\0';
	return vduse_registry_destroy(name);
}

static int vduse_ctrl_get_version(struct vduse_control *control, void __user *arg)
{
	u64 version;

	mutex_lock(&control->lock);
	if (!control->asked)
		control->api_version = VDUSE_API_VERSION_1;
	control->asked = true;
	version = control->api_version;
	mutex_unlock(&control->lock);
	return put_user(version, (u64 __user *)arg);
}

static int vduse_ctrl_set_version(struct vduse_control *control, void __user *arg)
{
	u64 version;

	if (get_user(version, (u64 __user *)arg))
		return -EFAULT;
	if (version > VDUSE_API_VERSION_1)
		return -EINVAL;
	mutex_lock(&control->lock);
	control->api_version = version;
	control->asked = true;
	mutex_unlock(&control->lock);
	return 0;
}

static int vduse_ctrl_get_features(struct vduse_control *control, void __user *arg)
{
	return put_user(VDUSE_OWN_FEATURES, (u64 __user *)arg);
}

static int vduse_ctrl_set_features(struct vduse_control *control, void __user *arg)
{
	u64 features;

	if (get_user(features, (u64 __user *)arg))
		return -EFAULT;
	if (features & ~VDUSE_OWN_FEATURES)
		return -EINVAL;
	if (features & BIT_ULL(VDUSE_F_RESUME) && !(features & BIT_ULL(VDUSE_F_SUSPEND)))
		return -EINVAL;
	mutex_lock(&control->lock);
	control->own_features = features;
	mutex_unlock(&control->lock);
	return 0;
}

static const struct vduse_ctrl_command {
	unsigned int cmd;
	int (*run)(struct vduse_control *control, void __user *arg);
} vduse_ctrl_commands[] = {
	{ VDUSE_GET_API_VERSION, vduse_ctrl_get_version },
	{ VDUSE_SET_API_VERSION, vduse_ctrl_set_version },
	{ VDUSE_CREATE_DEV, vduse_ctrl_create },
	{ VDUSE_DESTROY_DEV, vduse_ctrl_destroy },
	{ VDUSE_GET_FEATURES, vduse_ctrl_get_features },
	{ VDUSE_SET_FEATURES, vduse_ctrl_set_features },
};

static long vduse_ctrl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	for (int i = 0; i < ARRAY_SIZE(vduse_ctrl_commands); i++)
		if (vduse_ctrl_commands[i].cmd == cmd)
			return vduse_ctrl_commands[i].run(file->private_data, (void __user *)arg);
	return -EINVAL;
}

static int vduse_ctrl_open(struct inode *inode, struct file *file)
{
	struct vduse_control *control = kzalloc(sizeof(*control), GFP_KERNEL_ACCOUNT);

	if (!control)
		return -ENOMEM;
	mutex_init(&control->lock);
	control->api_version = VDUSE_API_VERSION;
	file->private_data = control;
	return nonseekable_open(inode, file);
}

static int vduse_ctrl_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct file_operations vduse_ctrl_fops = {
	.owner = THIS_MODULE,
	.open = vduse_ctrl_open,
	.release = vduse_ctrl_release,
	.unlocked_ioctl = vduse_ctrl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct cdev vduse_ctrl_cdev;

static int vduse_ctrl_add(void)
{
	struct device *device;
	int ret;

	cdev_init(&vduse_ctrl_cdev, &vduse_ctrl_fops);
	vduse_ctrl_cdev.owner = THIS_MODULE;
	ret = cdev_add(&vduse_ctrl_cdev, vduse_devt(VDUSE_CONTROL_MINOR), 1);
	if (ret)
		return ret;
	device = device_create(&vduse_class, NULL, vduse_devt(VDUSE_CONTROL_MINOR), NULL,
			       VDUSE_CONTROL_NAME);
	if (!IS_ERR(device))
		return 0;
	cdev_del(&vduse_ctrl_cdev);
	return PTR_ERR(device);
}

static void vduse_ctrl_del(void)
{
	device_destroy(&vduse_class, vduse_devt(VDUSE_CONTROL_MINOR));
	cdev_del(&vduse_ctrl_cdev);
}

/* The control node last: it makes everything else accessible */
static int __init vduse_init(void)
{
	int ret;

	ret = vduse_registry_init();
	if (ret)
		return ret;
	ret = vduse_mgmt_init();
	if (ret)
		goto err_registry;
	ret = vduse_ctrl_add();
	if (ret)
		goto err_mgmt;
	return 0;

err_mgmt:
	vduse_mgmt_exit();
err_registry:
	vduse_registry_exit();
	return ret;
}
module_init(vduse_init);

/* No device is left: each has a reference on the module */
static void __exit vduse_exit(void)
{
	vduse_ctrl_del();
	vduse_mgmt_exit();
	vduse_registry_exit();
	/* closed files: vduse_inode_free() runs after a grace period */
	rcu_barrier();
}
module_exit(vduse_exit);

MODULE_DESCRIPTION("VDUSE: vDPA devices implemented by programs");
MODULE_VERSION("2");	/* above the kernel's own: dkms replaces nothing newer or the same */
MODULE_LICENSE("GPL");
