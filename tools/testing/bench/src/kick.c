// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does a notification cost a guest?
 *
 *	kick ADDRESS COUNT
 *
 * A virtual CPU of a few instructions writes a queue's number to a port, COUNT
 * times. By pwrite: each write leaves KVM, and we write it to the VF's notify
 * register, as a VMM does. By ioeventfd: KVM signals an eventfd that the VF's driver
 * listens to, and nothing comes to us; where the driver has that. "best" is the
 * better way of the side.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define PORT		0xc010
#define CODE		0x1000
#define MEMORY		0x2000

/* 16 bit code: DX is the port, AX the queue, ECX how often */
static const uint8_t code[] = {
	0xef,			/* again: out %ax, %dx */
	0x66, 0x49,		/* dec %ecx */
	0x75, 0xfb,		/* jnz again */
	0xf4,			/* hlt */
};

struct guest {
	int vm, vcpu;
	struct kvm_run *run;
};

static int kvm_do(int fd, unsigned long request, void *arg, const char *what)
{
	int ret = ioctl(fd, request, arg);

	if (ret < 0)
		fail("%s: %s", what, strerror(errno));
	return ret;
}

static void guest_open(struct guest *guest)
{
	struct kvm_userspace_memory_region memory = { .memory_size = MEMORY };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), size;
	struct kvm_sregs sregs;
	void *ram;

	if (kvm < 0)
		fail("/dev/kvm: %s", strerror(errno));
	guest->vm = kvm_do(kvm, KVM_CREATE_VM, NULL, "KVM_CREATE_VM");
	ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		fail("no memory");
	memcpy((uint8_t *)ram + CODE, code, sizeof(code));
	memory.userspace_addr = (uintptr_t)ram;
	kvm_do(guest->vm, KVM_SET_USER_MEMORY_REGION, &memory, "KVM_SET_USER_MEMORY_REGION");
	guest->vcpu = kvm_do(guest->vm, KVM_CREATE_VCPU, NULL, "KVM_CREATE_VCPU");
	size = kvm_do(kvm, KVM_GET_VCPU_MMAP_SIZE, NULL, "KVM_GET_VCPU_MMAP_SIZE");
	guest->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, guest->vcpu, 0);
	if (guest->run == MAP_FAILED)
		fail("no kvm_run");
	kvm_do(guest->vcpu, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	kvm_do(guest->vcpu, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
}

static void forward(struct guest *guest, struct vf *vf)
{
	uint8_t *data = (uint8_t *)guest->run + guest->run->io.data_offset;
	ssize_t put;

	if (!vf)
		fail("a notification left the kernel");
	put = vf_put(vf, BAR0, QUEUE_NOTIFY, data, guest->run->io.size);
	if (put != guest->run->io.size)
		fail("%s: notifying: %s", vf->address, strerror(-put));
}

/* @vf: who gets what leaves KVM; without one nothing may. Return: microseconds for each */
static double kick(struct guest *guest, unsigned int count, struct vf *vf)
{
	struct kvm_regs regs = { .rip = CODE, .rdx = PORT, .rcx = count, .rflags = 2 };
	uint64_t start;

	kvm_do(guest->vcpu, KVM_SET_REGS, &regs, "KVM_SET_REGS");
	start = ticks();
	for (;;) {
		kvm_do(guest->vcpu, KVM_RUN, NULL, "KVM_RUN");
		if (guest->run->exit_reason == KVM_EXIT_HLT)
			break;
		if (guest->run->exit_reason != KVM_EXIT_IO)
			fail("the virtual CPU ended with %u", guest->run->exit_reason);
		forward(guest, vf);
	}
	return ticks_to_ns(ticks() - start) / 1000 / count;
}

/* Return: false when the driver has no such thing */
static bool connect(struct guest *guest, struct vf *vf)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct vfio_device_ioeventfd vfio = {
		.argsz = sizeof(vfio),
		.flags = VFIO_DEVICE_IOEVENTFD_16,
		.offset = vf->offset[BAR0] + QUEUE_NOTIFY,
		.fd = fd,
	};
	struct kvm_ioeventfd kvm = {
		.addr = PORT,
		.len = 2,
		.fd = fd,
		.flags = KVM_IOEVENTFD_FLAG_PIO | KVM_IOEVENTFD_FLAG_DATAMATCH,
	};

	if (ioctl(vf->device, VFIO_DEVICE_IOEVENTFD, &vfio)) {
		printf("# no ioeventfd: %s\n", strerror(errno));
		return false;
	}
	kvm_do(guest->vm, KVM_IOEVENTFD, &kvm, "KVM_IOEVENTFD");
	return true;
}

int main(int argc, char **argv)
{
	struct guest guest;
	unsigned int count;
	double best, one;
	struct vf vf;

	if (argc != 3)
		fail("usage: kick ADDRESS COUNT");
	count = number(argv[2]);
	pin(cpus() - 1);
	clock_start();
	open_vf(&vf, argv[1]);
	guest_open(&guest);
	kick(&guest, 100, &vf);
	best = kick(&guest, count, &vf);
	emit("kick", "pwrite", "us", best);
	if (connect(&guest, &vf)) {
		kick(&guest, 100, NULL);
		one = kick(&guest, count, NULL);
		emit("kick", "ioeventfd", "us", one);
		if (one < best)
			best = one;
	}
	emit("kick", "best", "us", best);
	return 0;
}
