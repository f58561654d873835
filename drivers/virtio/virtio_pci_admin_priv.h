/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner device's admin object, shared by the virtio_pci_admin_*.c files.
 *
 * Life of a struct vp_admin
 *
 *	created -> open -> closed -> created -> ... -> gone
 *
 *	created	no queue, or one that does not accept commands yet
 *	open	vp_admin_ready(): DRIVER_OK
 *	closed	vp_admin_quiesce(): a reset, removal or error is in progress
 *	gone	vp_admin_destroy(): unregistered, freed with the last reference
 *
 * vp_avq::err tells open from closed; a command enters and leaves under the queue's
 * lock, so none can be inside when the queue is freed. A VF's driver finds the object
 * in a list of its own (RCU) and takes a reference: it never accesses the PF's driver
 * data, and gets -ENODEV if the object is closed or gone.
 *
 * Locks, outermost first
 *
 *	vp_admin::caps_lock	one negotiation of capabilities at a time; held while
 *				their commands run
 *	vp_admin::negotiate_lock	one negotiation of a group's commands at a
 *				time; held while LIST_QUERY and LIST_USE run
 *	registry_lock		the list of admin objects (virtio_pci_admin_registry.c)
 *	vp_admin::object_lock	which resource objects there are
 *	vp_avq::lock		the queue: slots, ring, gates, accounts
 *
 * vp_admin::vp is used only inside the queue, that is between a successful
 * vp_avq_exec() entry and its return, and by the transport's own calls.
 */
#ifndef DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_PRIV_H
#define DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_PRIV_H

#include <linux/kref.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "virtio_pci_admin_codec.h"
#include "virtio_pci_admin_list_codec.h"
#include "avq/avq.h"
#include "virtio_pci_admin_transport.h"

struct dentry;
struct seq_file;

/* Why a command failed */
enum vp_admin_error {
	VP_ADMIN_ERROR_STATUS,		/* the device returned an error status */
	VP_ADMIN_ERROR_SHORT,		/* the answer is too short */
	VP_ADMIN_ERROR_TIMEOUT,
	VP_ADMIN_ERROR_KILLED,		/* fatal signal */
	VP_ADMIN_ERROR_BUSY,		/* the device holds the member's slots */
	VP_ADMIN_ERROR_LOST,		/* reset, removal, broken queue */
	VP_ADMIN_ERRORS,
};

struct vp_admin_stats {
	atomic64_t commands[VP_ADMIN_ROWS];
	atomic64_t errors[VP_ADMIN_ERRORS];
	atomic64_t retries;		/* EAGAIN */
	atomic64_t answers;
	atomic64_t latency_ns;		/* of all answers */
};

/* A member of the SR-IOV group, or (id 0) the owner itself */
struct vp_admin_member {
	struct vp_admin *admin;
	unsigned int id;
	struct vp_avq_account account, bulk;	/* under vp_avq::lock */
	struct vp_admin_stats stats;
	struct dentry *file;		/* serialized by the transport */
};

/* What was negotiated for a group; never changes once it is published */
struct vp_admin_agreement {
	struct rcu_head rcu;
	u32 reset_gen;			/* it holds while vp_avq::reset_gen is this */
	u32 opened;			/* of the gate, see vp_admin_group_refused() */
	struct vp_admin_used used;
	struct vp_admin_offered offered;
};

/* A copy of the agreement, for one command */
struct vp_admin_commands {
	u32 reset_gen;
	struct vp_admin_used used;
};

struct vp_admin_group {
	struct vp_avq_gate gate;	/* under vp_avq::lock: who may send */
	struct vp_admin_agreement __rcu *agreement;	/* what; under negotiate_lock */
	/* the last negotiation, if it failed; under negotiate_lock */
	int error;			/* 0: not tried, or successful */
	u32 error_reset_gen, error_opened;
};

/* What may be used of the owner's capabilities; under caps_lock */
struct vp_admin_caps {
	bool negotiated;		/* or not, with an error */
	int error;
	u32 reset_gen;			/* either holds while vp_avq::reset_gen is this */
	u8 limit[VIRTIO_ADMIN_ABI_OBJ_KINDS];	/* of objects, by their kind */
};

/* no more ids than this for one type of object, in the whole group */
#define VP_ADMIN_OBJECTS_MAX	U8_MAX

struct vp_admin_object;

struct vp_admin {
	struct kref ref;
	struct rcu_head rcu;
	struct list_head node;		/* registry */
	struct pci_dev *pdev;		/* holds a reference */
	struct vp_device *vp;
	struct mutex negotiate_lock;	/* one negotiation at a time */
	struct vp_admin_group group[VP_ADMIN_GROUPS];
	struct mutex caps_lock;		/* one negotiation at a time, too */
	struct vp_admin_caps caps;
	spinlock_t object_lock;		/* objects */
	struct vp_admin_object *objects;	/* by id, set once; under object_lock */
	struct vp_avq avq;
	struct ratelimit_state log;	/* for messages that guests and devices can cause */
	struct dentry *dir;
	unsigned int num_vfs;		/* serialized by the transport */
	unsigned int max_members;	/* TotalVFs */
	struct vp_admin_member **members;	/* set once each; [0] is the owner */
};

/* pieces of a command besides the header */
#define VP_ADMIN_PIECES		(VP_AVQ_PIECES - 1)

/*
 * One command and its result, on the caller's stack. The pieces point to the caller's
 * memory: command_specific_data, and room for command_specific_result, which is zeroed
 * where the device did not write. The result is written whatever the device's status.
 */
struct vp_admin_cmd {
	enum vp_admin_row_id row;
	struct vp_avq_out data[VP_ADMIN_PIECES];
	struct vp_avq_in result[VP_ADMIN_PIECES];
	u32 got;			/* result bytes the device wrote */
	bool refused;			/* by the device, as not in use */
	/* vp_admin_member_exec() sets these */
	u16 group;
	struct vp_admin_member *member;	/* group_member_id, and the share it counts against */
	ktime_t deadline;
};

/* virtio_pci_admin_exec.c: uses the next two files */
int vp_admin_exec(struct vp_admin *admin, struct vp_admin_cmd *cmd);
int vp_admin_member_exec(struct pci_dev *pdev, u16 group, struct vp_admin_cmd *cmd);

/* virtio_pci_admin_caps.c: uses virtio_pci_admin_exec.c */
int vp_admin_caps(struct vp_admin *admin, ktime_t deadline, struct vp_admin_caps *caps);

/* virtio_pci_admin_objects.c: the same */
int vp_admin_objects_alloc(struct vp_admin *admin);
int vp_admin_object_create(struct vp_admin_member *member, u8 kind, u8 limit, ktime_t deadline,
			   u32 *id);
int vp_admin_object_destroy(struct vp_admin_member *member, u32 id, ktime_t deadline);
bool vp_admin_object_exists(struct vp_admin_member *member, u32 id);

/* virtio_pci_admin_negotiate.c: uses the next file */
bool vp_admin_transient(int err);
int vp_admin_group_commands(struct vp_admin *admin, u16 group, ktime_t deadline,
			    struct vp_admin_commands *commands);
bool vp_admin_group_refused(struct vp_admin *admin, u16 group);

static inline bool vp_admin_has(const struct vp_admin_commands *commands,
				enum vp_admin_row_id row)
{
	return vp_admin_row_known(row) &&
	       vp_admin_list_test(&commands->used, vp_admin_opcode(row));
}

/* virtio_pci_admin_cmd.c */
int vp_admin_send(struct vp_admin *admin, struct vp_admin_cmd *cmd, u32 reset_gen);
unsigned long vp_admin_timeout(void);
ktime_t vp_admin_deadline(void);

/* virtio_pci_admin_registry.c */
struct vp_admin *vp_admin_alloc(struct pci_dev *pdev);
void vp_admin_register(struct vp_admin *admin);
void vp_admin_unregister(struct vp_admin *admin);
void vp_admin_put(struct vp_admin *admin);
struct vp_admin_member *vp_admin_member(struct vp_admin *admin, unsigned int id);
int vp_admin_member_find(struct pci_dev *pdev, u16 group, struct vp_admin_member **member);

/* virtio_pci_admin_stats.c */
void vp_admin_stats_create(struct vp_admin *admin);
void vp_admin_stats_destroy(struct vp_admin *admin);
void vp_admin_stats_members(struct vp_admin *admin, unsigned int num_vfs);
void vp_admin_stats_command(struct vp_admin_cmd *cmd);
void vp_admin_stats_answer(struct vp_admin_cmd *cmd, int ret,
			   const struct vp_avq_cmd *avq_cmd,
			   const struct vp_admin_answer *answer);
void vp_admin_stats_error(struct vp_admin_member *member, enum vp_admin_error error);

#endif /* DRIVERS_VIRTIO_VIRTIO_PCI_ADMIN_PRIV_H */
