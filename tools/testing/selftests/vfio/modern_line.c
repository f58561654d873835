// SPDX-License-Identifier: GPL-2.0-only
/* How does a modern driver without MSI-X use a VF? */
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "modern_line.h"
#include "unit.h"

static struct guest one, other;

bool guest_trapped(struct vf *vf)
{
	char state[32] = "";

	ASSERT_EQ(vf_sysfs_read(vf->address, "modern_registers", state, sizeof(state)), 0);
	return !strcmp(state, "trapped\n");
}

static void begin(struct guest *guest, struct vf *vf)
{
	if (guest->line.vf)
		close(guest->line.fd);
	memset(guest, 0, sizeof(*guest));
	guest->line.vf = vf;
	guest->line.fd = event_new();
	modern_init(&guest->modern, vf);
	ASSERT_EQ(intx_trigger(vf, guest->line.fd), 0);
}

struct guest *guest_fresh(void)
{
	struct vf *vf = vf_fresh();

	if (!guest_trapped(vf))
		unit_skip("the modern registers of this VF are mapped");
	begin(&one, vf);
	return &one;
}

struct guest *guest_another(const char *address)
{
	static struct vf vf = { .container = -1, .group = -1, .device = -1 };

	vf_close(&vf);
	ASSERT_EQ(vf_open(&vf, address), 0);
	begin(&other, &vf);
	return &other;
}

void guest_start(struct guest *guest)
{
	modern_start(&guest->modern);
	guest->doorbell = modern_doorbell(&guest->modern);
}

void guest_command(struct guest *guest)
{
	ASSERT_EQ(vf_write(guest->line.vf, CONFIG, PCI_COMMAND, 2,
			   PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER), 0);
}

int guest_isr(struct guest *guest)
{
	return vf_read(guest->line.vf, guest->modern.isr.bar, guest->modern.isr.offset, 1);
}

void guest_offer(struct guest *guest)
{
	modern_publish(&guest->modern);
	ASSERT_EQ(vf_write(guest->line.vf, guest->modern.notify.bar, guest->doorbell, 2,
			   modern_queue(&guest->modern)), 0);
}

void guest_interrupt(struct guest *guest)
{
	guest_offer(guest);
	ASSERT(modern_completes(&guest->modern, MODERN_WAIT_US));
}

void guest_handled(struct guest *guest)
{
	EXPECT_EQ(guest_isr(guest), LINE_QUEUE);
	EXPECT_EQ(intx_unmask(guest->line.vf), 0);
	line_silent(&guest->line);
}

void guest_works(struct guest *guest)
{
	guest_interrupt(guest);
	line_signalled(&guest->line);
	guest_handled(guest);
}

long guest_behind(struct guest *guest)
{
	return line_host_count(guest->line.vf);
}
