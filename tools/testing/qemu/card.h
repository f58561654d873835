/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card's own structures: a function (PF or VF), the PF, the VF, and the
 * row that makes them a virtio device of some type.
 *
 * All state is protected by QEMU's big lock. What one may call goes downwards:
 * ifc.c -> func.c; pf.c, vf.c -> adm_queue.c -> adm_cmd.c, adm_*.c -> legacy_regs.c, parts*.c, mode.c
 * -> func.c -> suspend.c -> quiet.c -> hold.c;
 * fault.c and stats.c are asked by all.
 */
#ifndef CARD_H
#define CARD_H

#include "hw/virtio/virtio.h"
#include "hw/virtio/virtio-pci.h"
#include "qom/object.h"
#include "adm_queue.h"
#include "dma_log.h"
#include "fault.h"
#include "lie.h"
#include "own_part.h"
#include "stats.h"

/* A page for each VF in the PF, one in a VF: a VMM may map it to its guest */
#define CARD_LEGACY_NOTIFY_PAGE	0x1000

#define TYPE_CARD_FUNC	"virtio-card-function"
#define TYPE_CARD_PF	"virtio-card-pf"
#define TYPE_CARD_VF	"virtio-card-vf"

struct card_func;
struct card_held;
struct card_pf;
struct part_rows;
struct card_vf;

/* A field of a device-specific configuration, for single-field accesses */
struct card_field {
	uint8_t offset;
	uint8_t size;
};

/*
 * One virtio device type. Adding one is such a row in a file of its own, and
 * DEFINE_CARD_TYPE below.
 */
struct card_type {
	const char *name;		/* the "net" of virtio-net-pf */
	const char *backend;		/* QOM type of the VirtIODevice */
	uint16_t pci_class;
	const struct card_field *fields;	/* ends with size 0 */
	/* Properties of the PF alone. May be NULL. */
	void (*pf_class_init)(ObjectClass *class);
	/* Virtqueues that the device has besides the admin queue. */
	unsigned int (*queues)(VirtIODevice *vdev);
	/* Device parts of the type. NULL: there are none. */
	const struct part_rows *parts;
	/* How long queue INDEX may be with a driver's FEATURES; 0: there is none. */
	unsigned int (*queue_max)(VirtIODevice *vdev, uint64_t features, unsigned int index);
	/* Of the part of our own: OWN_* flags that it has, and them. May be NULL. */
	uint8_t own_known_flags;
	uint8_t (*own_flags)(VirtIODevice *vdev);
	void (*set_own_flags)(VirtIODevice *vdev, uint8_t flags);
	/* Before a driver that was somewhere else goes on with this device. May be NULL. */
	void (*arrived)(VirtIODevice *vdev);
	/* Waits for what the backend does beside its virtqueues. May be NULL. */
	void (*drain)(VirtIODevice *vdev);
	/* Before the backend is realized: what it hangs on. Undone by *_exit. May be NULL. */
	bool (*pf_prepare)(struct card_pf *pf, Error **errp);
	bool (*vf_prepare)(struct card_vf *vf, Error **errp);
	/* After the backend is gone, also when prepare or realize failed. May be NULL. */
	void (*pf_exit)(struct card_pf *pf);
	void (*vf_exit)(struct card_vf *vf);
};

void card_type_register(const struct card_type *type);

#define DEFINE_CARD_TYPE(row)				\
	static void card_register_##row(void)		\
	{						\
		card_type_register(&row);		\
	}						\
	type_init(card_register_##row)

/* Which interface drives a function, from its first status write to its reset */
enum card_interface {
	CARD_IDLE,
	CARD_MODERN,
	CARD_LEGACY,
};

/* Why a function does nothing with its virtqueues, whatever its driver writes */
enum card_quiet {
	CARD_QUIET_HOLD,	/* the fault "hold" */
	CARD_QUIET_STOPPED,	/* DEV_MODE_SET */
	CARD_QUIET_SUSPENDED,	/* by its driver */
	CARD_QUIET_NO_MEMORY,	/* it goes on, and cannot read its rings yet */
};

struct card_func {
	VirtIOPCIProxy proxy;		/* QOM parent, first */
	VirtIODevice *vdev;		/* a child; NULL only before instance_init */
	enum card_interface driven_by;
	bool gone;			/* registers read as ones */
	unsigned int quiet;		/* BIT(enum card_quiet) */
	bool suspending;		/* once what was taken is used */
	uint32_t suspended_generation;	/* of its configuration */
	VMChangeStateEntry *vm_state;
	QTAILQ_HEAD(, card_held) held;	/* by the fault "hold", in the order they were taken */
	hwaddr legacy_notify_base;	/* of the legacy notify page(s) in the modern BAR */
	unsigned int legacy_notify_pages;
	uint16_t common_len;		/* advertised length of the common configuration */
	char *lies_text;
	GArray *lies;			/* of struct card_lie; NULL: none */
	struct card_stats stats;
	/* Lie over virtio-pci's own regions */
	bool fronts_added;
	MemoryRegion common_front;
	MemoryRegion device_front;
	MemoryRegion notify_front;
	MemoryRegion legacy_notify;
	MemoryRegion gone_modern;
	MemoryRegion gone_msix;
	/* virtio-pci's, called by ours */
	PCIConfigReadFunc *config_read;
	PCIConfigWriteFunc *config_write;
	MSITriggerFunc *msi_trigger;
};

struct card_func_class {
	VirtioPCIClass parent;
	ResettablePhases parent_phases;
	PCIUnregisterFunc *parent_exit;
	const struct card_type *type;
	/* A notification at page PAGE of the legacy notify pages. */
	void (*legacy_notify)(struct card_func *func, unsigned int page, uint16_t queue);
	/* Hooks of the PF and the VF; any may be NULL. */
	/* Before the function's virtio part is reset, whoever resets it. */
	void (*before_reset)(struct card_func *func);
	/* The PCI function is reset, the virtio part was. */
	void (*pci_reset)(struct card_func *func);
	/* The backend is gone; virtio-pci is not yet. Also called when realize failed. */
	void (*exit)(struct card_func *func);
	/* Reads of the common configuration that the function answers itself. */
	bool (*common_read)(struct card_func *func, hwaddr addr, uint64_t *val);
	/* PCI configuration space was written: VFs came or went, bus mastering changed. */
	void (*config_written)(struct card_func *func);
	/* Sees writes of it before virtio-pci does; true: which does not see this one. */
	bool (*common_write)(struct card_func *func, hwaddr addr, uint64_t val);
};

/* What the driver has set of capabilities */
struct adm_caps {
	uint8_t limit[SPEC_OBJ_KINDS];	/* of objects */
	uint16_t own_version;		/* of the part of our own; 0: none */
};

struct card_pf {
	struct card_func func;		/* QOM parent, first */
	uint16_t vfs;
	uint16_t vf_queues;		/* pairs of them, for a network card */
	bool strict;
	uint16_t admin_index;
	struct adm_queue queue;
	/* Opcodes in use by the driver, for each group, until the PF is reset */
	struct adm_list used[SPEC_GROUPS];
	bool migration;			/* has capabilities, objects, parts and modes */
	bool suspend;			/* VFs offer VIRTIO_F_SUSPEND */
	uint16_t dirty_log;		/* first opcode of the DMA write log's commands; 0: none */
	uint8_t object_limit;		/* objects for get, and objects for set */
	struct adm_caps caps;
	GArray *objects;		/* of struct adm_object */
	char *faults_text;
	struct card_faults *faults;	/* 1 + vfs, the PF's own first; NULL before realize */
	void *type_data;		/* of the card_type; allocated with the PF */
};

/* Where a stopped VF is in a ring that it was told */
struct card_place {
	bool moved;			/* VQ_CFG enabled it */
	bool known;			/* by the part of our own: */
	uint16_t next_avail;
	uint16_t next_used;
};

struct card_vf {
	struct card_func func;		/* QOM parent, first */
	struct card_pf *pf;
	unsigned int index;		/* from 0; the group member id is one more */
	bool parts_were_set;		/* since it was stopped */
	uint32_t stopped_generation;	/* of its configuration */
	struct card_place places[VIRTIO_QUEUE_MAX];
	struct dma_log log;
	void *type_data;
};

DECLARE_OBJ_CHECKERS(struct card_func, struct card_func_class, CARD_FUNC, TYPE_CARD_FUNC)
DECLARE_INSTANCE_CHECKER(struct card_pf, CARD_PF, TYPE_CARD_PF)
DECLARE_INSTANCE_CHECKER(struct card_vf, CARD_VF, TYPE_CARD_VF)

/* func.c */
const struct card_type *card_func_type(struct card_func *func);
void card_func_set_type(ObjectClass *class, const struct card_type *type);
/* A doorbell is a page; before it is realized. */
void card_func_pages(struct card_func *func);
bool card_func_realize(struct card_func *func, unsigned int vectors, unsigned int notify_pages,
		       Error **errp);
/* What exit does, for a realize that failed after or inside of card_func_realize(). */
void card_func_unrealize(struct card_func *func);
void card_func_reset(struct card_func *func);
void card_func_set_gone(struct card_func *func, bool gone);
/* No DMA and no interrupt while it may do none. */
void card_func_update_disabled(struct card_func *func);
/* No register access of this function from its own DMA between the two. */
bool card_func_enter(struct card_func *func);
void card_func_leave(struct card_func *func);

/* quiet.c */
void card_quiet_init(struct card_func *func);
void card_quiet_exit(struct card_func *func);
void card_quiet_begin(struct card_func *func, enum card_quiet why);
void card_quiet_end(struct card_func *func, enum card_quiet why);
/* The driver's notification of queue INDEX, other than an admin queue. */
void card_func_notify(struct card_func *func, unsigned int index);

/* suspend.c */
bool card_suspended(const struct card_func *func);
/* A driver's write of the status, not 0. Returns what QEMU's device gets. */
uint8_t card_suspend_write(struct card_func *func, uint8_t status);
/* What a driver reads for QEMU's STATUS */
uint8_t card_suspend_read(struct card_func *func, uint8_t status);
/* After the virtio part was reset */
void card_suspend_reset(struct card_func *func);

/* hold.c */
void card_hold_init(struct card_func *func);
void card_hold_set(struct card_func *func, bool hold);
/* What the driver made available in queue INDEX, while its function is held */
void card_hold_take(struct card_func *func, unsigned int index);
#define CARD_HOLD_ALL_QUEUES	UINT_MAX
/* Before a reset of the queue, which forgets what was taken. */
void card_hold_drop(struct card_func *func, unsigned int index);

/* vf.c */
/* A vector that the function has not is none. */
uint16_t card_vf_take_vector(struct card_vf *vf, uint16_t old, uint32_t vector);
void card_vf_legacy_notify(struct card_vf *vf, uint16_t queue, enum card_notify_way way);

/* pf.c */
struct card_vf *card_pf_vf(struct card_pf *pf, unsigned int index);	/* NULL unless enabled */
struct card_vf *card_pf_any_vf(struct card_pf *pf, unsigned int index);	/* enabled or not */
unsigned int card_pf_num_vfs(struct card_pf *pf);
bool card_pf_has_group(struct card_pf *pf);		/* VF Enable is set */

/* unplug.c */
void card_surprise_unplug(PCIDevice *dev);

#endif /* CARD_H */
