// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of a VF's BARs may its user map, so that all accesses to the registers of a
 * modern driver are reads and writes of the user, and notifications are not?
 *
 * Registers are the common, ISR and device-specific configuration structures. A BAR that
 * has any is mapped in the pages of its doorbells and of its shared memory only.
 */
#include <linux/kernel.h>
#include <linux/virtio_pci.h>

#include "trap_plan.h"

enum role {
	NONE,
	REGISTERS,	/* trapped */
	MAPPED,
};

/* By cfg_type, "Virtio Structure PCI Capabilities" */
static const u8 roles[] = {
	[VIRTIO_PCI_CAP_COMMON_CFG] = REGISTERS,
	[VIRTIO_PCI_CAP_NOTIFY_CFG] = MAPPED,
	[VIRTIO_PCI_CAP_ISR_CFG] = REGISTERS,
	[VIRTIO_PCI_CAP_DEVICE_CFG] = REGISTERS,
	[VIRTIO_PCI_CAP_SHARED_MEMORY_CFG] = MAPPED,
};

/* Structures that are not within a BAR count as absent, as they do to a driver */
static enum role role_of(const struct virtiovf_structure *it,
			 const u64 bar_sizes[VIRTIOVF_TRAP_BARS])
{
	if (it->type >= ARRAY_SIZE(roles) || it->bar >= VIRTIOVF_TRAP_BARS || !it->length)
		return NONE;
	if (it->length > bar_sizes[it->bar] || it->offset > bar_sizes[it->bar] - it->length)
		return NONE;
	return roles[it->type];
}

static struct virtiovf_area pages_of(const struct virtiovf_structure *it, u32 page_size)
{
	u64 mask = page_size - 1;

	return (struct virtiovf_area) {
		.bar = it->bar,
		.start = it->offset & ~mask,
		.end = (it->offset + it->length + mask) & ~mask,
	};
}

static bool meet(const struct virtiovf_area *a, const struct virtiovf_area *b)
{
	return a->bar == b->bar && a->start < b->end && b->start < a->end;
}

static bool is_before(const struct virtiovf_area *a, const struct virtiovf_area *b)
{
	return a->bar != b->bar ? a->bar < b->bar : a->start < b->start;
}

static void insert(struct virtiovf_trap_plan *plan, struct virtiovf_area area)
{
	unsigned int at = plan->count++;

	for (; at && is_before(&area, &plan->areas[at - 1]); at--)
		plan->areas[at] = plan->areas[at - 1];
	plan->areas[at] = area;
}

/* Adjacent areas become one: a user may map both at once */
static void join(struct virtiovf_trap_plan *plan)
{
	struct virtiovf_area *last = &plan->areas[0];

	for (unsigned int i = 1; i < plan->count; i++) {
		const struct virtiovf_area *next = &plan->areas[i];

		if (next->bar == last->bar && next->start <= last->end)
			last->end = max(last->end, next->end);
		else
			*++last = *next;
	}
	if (plan->count)
		plan->count = last - plan->areas + 1;
}

static bool shares_page(const struct virtiovf_trap_plan *plan,
			const struct virtiovf_area *registers)
{
	for (unsigned int i = 0; i < plan->count; i++)
		if (meet(&plan->areas[i], registers))
			return true;
	return false;
}

/*
 * @count: at most VIRTIOVF_STRUCTURES_MAX; @page_size: a power of two.
 *
 * Return: false if registers share a page with what is mapped. Then all of every BAR is.
 */
bool virtiovf_trap_plan(struct virtiovf_trap_plan *plan, const struct virtiovf_structure *list,
			unsigned int count, const u64 bar_sizes[VIRTIOVF_TRAP_BARS], u32 page_size)
{
	*plan = (struct virtiovf_trap_plan) {};
	for (unsigned int i = 0; i < count; i++)
		if (role_of(&list[i], bar_sizes) == REGISTERS)
			plan->bars |= 1U << list[i].bar;
	for (unsigned int i = 0; i < count; i++)
		if (role_of(&list[i], bar_sizes) == MAPPED && plan->bars & 1U << list[i].bar)
			insert(plan, pages_of(&list[i], page_size));
	join(plan);
	for (unsigned int i = 0; i < count; i++) {
		struct virtiovf_area registers = pages_of(&list[i], page_size);

		if (role_of(&list[i], bar_sizes) == REGISTERS && shares_page(plan, &registers)) {
			*plan = (struct virtiovf_trap_plan) {};
			return false;
		}
	}
	return true;
}

/* The first structure of @type within a BAR, which is the one that a driver uses, or NULL */
const struct virtiovf_structure *
virtiovf_trap_first(const struct virtiovf_structure *list, unsigned int count, u8 type,
		    const u64 bar_sizes[VIRTIOVF_TRAP_BARS])
{
	for (unsigned int i = 0; i < count; i++)
		if (list[i].type == type && role_of(&list[i], bar_sizes) != NONE)
			return &list[i];
	return NULL;
}

/* May these bytes of a BAR be mapped? That they are within the BAR is checked by others. */
bool virtiovf_trap_mappable(const struct virtiovf_trap_plan *plan, u8 bar, u64 offset, u64 length)
{
	if (bar >= VIRTIOVF_TRAP_BARS || !(plan->bars & 1U << bar))
		return true;
	for (unsigned int i = 0; i < plan->count; i++) {
		const struct virtiovf_area *area = &plan->areas[i];

		if (area->bar == bar && offset >= area->start && offset < area->end &&
		    length <= area->end - offset)
			return true;
	}
	return false;
}
