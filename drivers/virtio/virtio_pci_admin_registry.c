// SPDX-License-Identifier: GPL-2.0-only
/*
 * How does a VF's driver find the owner's admin object, whatever happens to the owner?
 *
 * In a list of its own: the PF's driver data may be freed at any time, and the driver
 * bound to the PF may change. A VF keeps its PF's pci_dev alive, so the list's key is
 * safe to compare.
 */
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "virtio_pci_admin_priv.h"

/* writers; readers use RCU and take a reference */
static DEFINE_MUTEX(registry_lock);
static LIST_HEAD(registry);

#define VP_ADMIN_LOG_INTERVAL	(60 * HZ)
#define VP_ADMIN_LOG_BURST	10

static void vp_admin_free(struct vp_admin *admin)
{
	for (unsigned int id = 0; admin->members && id <= admin->max_members; id++)
		kfree(admin->members[id]);
	kvfree(admin->members);
	for (int group = 0; group < VP_ADMIN_GROUPS; group++)
		kfree(rcu_access_pointer(admin->group[group].agreement));
	kvfree(admin->objects);
	pci_dev_put(admin->pdev);
	kfree_rcu(admin, rcu);
}

static void vp_admin_release(struct kref *ref)
{
	vp_admin_free(container_of(ref, struct vp_admin, ref));
}

void vp_admin_put(struct vp_admin *admin)
{
	kref_put(&admin->ref, vp_admin_release);
}

/* Return: an object that is not registered yet, or NULL */
struct vp_admin *vp_admin_alloc(struct pci_dev *pdev)
{
	struct vp_admin *admin;

	admin = kzalloc(sizeof(*admin), GFP_KERNEL);
	if (!admin)
		return NULL;
	kref_init(&admin->ref);
	admin->pdev = pci_dev_get(pdev);
	admin->max_members = max(pci_sriov_get_totalvfs(pdev), 0);
	mutex_init(&admin->negotiate_lock);
	mutex_init(&admin->caps_lock);
	spin_lock_init(&admin->object_lock);
	ratelimit_state_init(&admin->log, VP_ADMIN_LOG_INTERVAL, VP_ADMIN_LOG_BURST);
	/* unlike VFs, the owner is always present */
	admin->group[VIRTIO_ADMIN_GROUP_TYPE_SELF].gate.open = true;
	admin->members = kvcalloc(admin->max_members + 1, sizeof(*admin->members), GFP_KERNEL);
	if (!admin->members || !vp_admin_member(admin, 0)) {
		vp_admin_free(admin);
		return NULL;
	}
	return admin;
}

void vp_admin_register(struct vp_admin *admin)
{
	mutex_lock(&registry_lock);
	list_add_rcu(&admin->node, &registry);
	mutex_unlock(&registry_lock);
}

void vp_admin_unregister(struct vp_admin *admin)
{
	mutex_lock(&registry_lock);
	list_del_rcu(&admin->node);
	mutex_unlock(&registry_lock);
}

/* Return: the admin object of PF @pdev with a reference, or NULL */
static struct vp_admin *vp_admin_lookup(struct pci_dev *pdev)
{
	struct vp_admin *admin, *found = NULL;

	rcu_read_lock();
	list_for_each_entry_rcu(admin, &registry, node) {
		if (admin->pdev == pdev && kref_get_unless_zero(&admin->ref)) {
			found = admin;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/*
 * Return: member @id, allocated at its first use, or NULL. It lives as long as @admin.
 * The fast path is a single load.
 */
struct vp_admin_member *vp_admin_member(struct vp_admin *admin, unsigned int id)
{
	struct vp_admin_member *member, *old;

	if (id > admin->max_members)
		return NULL;
	/* pairs with cmpxchg() below: the member is initialized */
	member = smp_load_acquire(&admin->members[id]);
	if (member)
		return member;
	member = kzalloc(sizeof(*member), GFP_KERNEL);
	if (!member)
		return NULL;
	member->admin = admin;
	member->id = id;
	member->bulk.bulk = true;
	old = cmpxchg(&admin->members[id], NULL, member);
	if (!old)
		return member;
	kfree(member);
	return old;
}

/* Return: the member id of @pdev: 0, the owner, in group SELF; VF index + 1 in SR-IOV */
static int vp_admin_member_id(struct pci_dev *pdev, u16 group)
{
	int vf;

	if (group == VIRTIO_ADMIN_GROUP_TYPE_SELF)
		return 0;
	vf = pci_iov_vf_id(pdev);
	return vf < 0 ? vf : vf + 1;
}

/*
 * Find the member for @pdev; with group SELF a VF stands for its owner.
 *
 * Return: 0 with @member and a reference to its admin object; -EINVAL if @pdev is not
 * a VF; -ENODEV if the owner has no driver or no admin queue; -ERANGE for a VF beyond
 * the TotalVFs that the owner had when it was probed; -ENOMEM.
 */
int vp_admin_member_find(struct pci_dev *pdev, u16 group, struct vp_admin_member **member)
{
	int id = vp_admin_member_id(pdev, group);
	struct vp_admin *admin;
	int ret;

	if (id < 0)
		return id;
	admin = vp_admin_lookup(pci_physfn(pdev));
	if (!admin)
		return -ENODEV;
	*member = vp_admin_member(admin, id);
	if (*member)
		return 0;
	ret = id > admin->max_members ? -ERANGE : -ENOMEM;
	vp_admin_put(admin);
	return ret;
}
