// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What PF and VFs are to PCI before any driver: identity, capabilities, BARs,
 * SR-IOV, and the virtio structures in their places.
 */
#include "rows.h"

#define DISCOVERY	"PCI Device Discovery"
#define LAYOUT		"PCI Device Layout"
#define SR_IOV		"PCI Express, Single Root I/O Virtualization"

static uint16_t device_id(struct card *card)
{
	return card->options.blk ? 0x1042 : 0x1041;
}

static void check_identity(struct card *card, struct func *func, bool vf)
{
	g_assert_cmphex(cfg16(func, PCI_ID_VENDOR), ==, vf ? 0xffff : 0x1af4);
	g_assert_cmphex(cfg16(func, PCI_ID_DEVICE), ==, vf ? 0xffff : device_id(card));
	g_assert_cmphex(cfg8(func, PCI_REVISION), >=, 1);
	g_assert_cmphex(cfg16(func, PCI_SUBSYSTEM_DEVICE), >=, 0x40);
	g_assert_cmphex(cfg16(func, PCI_CLASS), ==, card->options.blk ? 0x0100 : 0x0200);
}

static void pf_identity(struct card *card)
{
	check_identity(card, &card->pf, false);
}

/* A VF's own ids read as ones: those in the PF's capability count. */
static void vf_identity(struct card *card)
{
	struct func vf = vf_open(card, 0);
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	check_identity(card, &vf, true);
	g_assert_cmphex(cfg16(&card->pf, cap + SRIOV_VF_DEVICE), ==, device_id(card));
}

static void check_capabilities(struct func *func)
{
	unsigned int express = cfg_cap(func, CAP_EXPRESS);

	g_assert_cmphex(express, !=, 0);
	g_assert_cmphex(cfg32(func, express + EXP_DEVICE_CAP) & EXP_CAP_FLR, !=, 0);
	g_assert_cmphex(cfg_cap(func, CAP_MSIX), !=, 0);
	g_assert_cmphex(cfg_xcap(func, XCAP_ARI), !=, 0);
	for (uint8_t type = VCAP_COMMON; type <= VCAP_PCI; type++)
		g_assert_cmphex(cfg_virtio_cap(func, type), !=, 0);
}

static void pf_capabilities(struct card *card)
{
	check_capabilities(&card->pf);
	g_assert_cmphex(cfg_xcap(&card->pf, XCAP_SRIOV), !=, 0);
}

static void vf_capabilities(struct card *card)
{
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);

		check_capabilities(&vf);
		g_assert_cmphex(cfg_xcap(&vf, XCAP_SRIOV), ==, 0);
		g_assert_cmphex(cfg8(&vf, PCI_PIN), ==, 0);
	}
}

static void check_vectors(struct func *func, unsigned int wanted)
{
	unsigned int cap = cfg_cap(func, CAP_MSIX);

	g_assert_cmpuint((cfg16(func, cap + MSIX_CONTROL) & 0x7ff) + 1, ==, wanted);
}

/* The configuration's, each queue's, and the PF's admin queue's. */
static void vectors(struct card *card)
{
	unsigned int queues = card->options.blk ? 1 : 3;
	struct func vf = vf_open(card, 0);

	check_vectors(&card->pf, 1 + queues + 1);
	check_vectors(&vf, 1 + queues);
}

static void pf_has_no_io(struct card *card)
{
	/* func_map_bars() has looked at each; modern only: nothing in BAR0 */
	g_assert_cmphex(card->pf.bar_size[0], ==, 0);
	g_assert_cmphex(card->pf.bar_size[4], !=, 0);
}

static void vf_bar0_zero(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	cfg_put32(&card->pf, cap + SRIOV_BAR, 0xffffffff);
	g_assert_cmphex(cfg32(&card->pf, cap + SRIOV_BAR), ==, 0);
	g_assert_cmphex(card->vf_bar_size[4], !=, 0);
}

static void vf_own_bars_zero(struct card *card)
{
	struct func vf = vf_open(card, 0);

	for (unsigned int i = 0; i < 6; i++) {
		cfg_put32(&vf, PCI_BAR + 4 * i, 0xffffffff);
		g_assert_cmphex(cfg32(&vf, PCI_BAR + 4 * i), ==, 0);
	}
}

static void sriov_numbers(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	g_assert_cmpuint(cfg16(&card->pf, cap + SRIOV_TOTAL_VFS), ==, card->vfs);
	g_assert_cmpuint(cfg16(&card->pf, cap + SRIOV_INITIAL_VFS), ==, card->vfs);
	g_assert_cmpuint(cfg16(&card->pf, cap + SRIOV_NUM_VFS), ==, 0);
	g_assert_cmpuint(cfg16(&card->pf, cap + SRIOV_FIRST_VF), ==, 1);
	g_assert_cmpuint(cfg16(&card->pf, cap + SRIOV_STRIDE), ==, 1);
}

static void expect_present(struct card *card, unsigned int count)
{
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_at(card, i);

		g_assert_cmpint(func_present(&vf), ==, i < count);
	}
}

static void vfs_come_and_go(struct card *card)
{
	expect_present(card, 0);
	for (unsigned int count = 1; count <= card->vfs; count += MAX(card->vfs / 3, 1)) {
		vfs_set(card, count);
		expect_present(card, count);
		vfs_set(card, 0);
		expect_present(card, 0);
	}
}

static void too_many_vfs(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	vfs_set(card, card->vfs + 1);
	g_assert_cmphex(cfg16(&card->pf, cap + SRIOV_CONTROL) & SRIOV_VF_ENABLE, ==, 0);
	vfs_set(card, 0xffff);
	g_assert_cmphex(cfg16(&card->pf, cap + SRIOV_CONTROL) & SRIOV_VF_ENABLE, ==, 0);
	expect_present(card, 0);
	vfs_set(card, card->vfs);
	expect_present(card, card->vfs);
}

static void num_vfs_locked(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	cfg_put16(&card->pf, cap + SRIOV_NUM_VFS, 1);
	g_assert_cmpuint(cfg16(&card->pf, cap + SRIOV_NUM_VFS), ==, card->vfs);
	expect_present(card, card->vfs);
}

/* Each VF's registers are its own: a status that no other has. */
static void vf_registers_apart(struct card *card)
{
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);

		common_put8(&vf, COMMON_STATUS, i % 2 ? ACKNOWLEDGE : ACKNOWLEDGE | DRIVER);
	}
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);

		g_assert_cmphex(common8(&vf, COMMON_STATUS), ==,
				i % 2 ? ACKNOWLEDGE : ACKNOWLEDGE | DRIVER);
	}
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS), ==,
			ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

static void memory_enable(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);
	struct func vf = vf_open(card, 0);

	/* the VF's own memory enable is hardwired to zero */
	g_assert_cmphex(cfg16(&vf, PCI_CMD), ==, PCI_CMD_MASTER);
	cfg_put16(&vf, PCI_CMD, 0);
	common_put8(&vf, COMMON_STATUS, ACKNOWLEDGE);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
	cfg_put16(&card->pf, cap + SRIOV_CONTROL, SRIOV_VF_ENABLE | SRIOV_ARI);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), !=, ACKNOWLEDGE);
	cfg_put16(&card->pf, cap + SRIOV_CONTROL, SRIOV_VF_ENABLE | SRIOV_MEMORY | SRIOV_ARI);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
}

static void vf_flr(struct card *card)
{
	struct func vf = vf_open(card, 0), other = vf_open(card, 1);

	common_put8(&vf, COMMON_STATUS, ACKNOWLEDGE);
	common_put8(&other, COMMON_STATUS, ACKNOWLEDGE);
	func_flr(&vf);
	vf = vf_open(card, 0);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, 0);
	g_assert_cmphex(common8(&other, COMMON_STATUS), ==, ACKNOWLEDGE);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS) & DRIVER_OK, !=, 0);
}

static void pf_flr(struct card *card)
{
	unsigned int cap = cfg_xcap(&card->pf, XCAP_SRIOV);

	func_flr(&card->pf);
	g_assert_cmphex(cfg16(&card->pf, cap + SRIOV_CONTROL), ==, 0);
	expect_present(card, 0);
	func_map_bars(&card->pf);
	func_scan(&card->pf);
	g_assert_cmphex(common8(&card->pf, COMMON_STATUS), ==, 0);
	card_reach(card, LEGACY);
	expect_ok(legacy_read_at(card, 0, COMMON_READ, L_STATUS, 1));
}

/* A virtio reset is none of PCI: VFs stay as they are. */
static void pf_virtio_reset_keeps_vfs(struct card *card)
{
	struct func vf = vf_open(card, 0);

	common_put8(&vf, COMMON_STATUS, ACKNOWLEDGE);
	common_put8(&card->pf, COMMON_STATUS, 0);
	expect_present(card, card->vfs);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE);
}

static void pf_features(struct card *card)
{
	uint64_t wanted = F_VERSION_1 | F_PLATFORM | F_SR_IOV | F_ADMIN_VQ | F_RING_RESET;

	g_assert_cmphex(modern_features(&card->pf) & wanted, ==, wanted);
}

/* A VF has no SR-IOV capability and owns no group. */
static void vf_features(struct card *card)
{
	struct func vf = vf_open(card, 0);
	uint64_t features = modern_features(&vf);

	g_assert_cmphex(features & (F_VERSION_1 | F_PLATFORM), ==, F_VERSION_1 | F_PLATFORM);
	g_assert_cmphex(features & (F_SR_IOV | F_ADMIN_VQ), ==, 0);
	if (vf.common_len >= COMMON_ADMIN_NUM + 2)
		g_assert_cmpuint(common16(&vf, COMMON_ADMIN_NUM), ==, 0);
}

static void admin_registers(struct card *card)
{
	struct func *pf = &card->pf;
	unsigned int index = common16(pf, COMMON_ADMIN_INDEX);
	unsigned int num = common16(pf, COMMON_ADMIN_NUM);

	g_assert_cmpuint(pf->common_len, >=, COMMON_ADMIN_NUM + 2);
	g_assert_cmpuint(common16(pf, COMMON_NUM_QUEUES), ==, card->options.blk ? 1 : 3);
	g_assert_cmpuint(index, >=, common16(pf, COMMON_NUM_QUEUES));
	g_assert_cmpuint(num, >=, 1);
	g_assert_cmpuint(index + num, <=, 0x10000);
	common_put16(pf, COMMON_QUEUE_SELECT, index);
	g_assert_cmpuint(common16(pf, COMMON_QUEUE_SIZE), !=, 0);
	g_assert_cmpuint(common16(pf, COMMON_QUEUE_SIZE) & (common16(pf, COMMON_QUEUE_SIZE) - 1),
			 ==, 0);
	g_assert_cmpuint(common16(pf, COMMON_QUEUE_ENABLE), ==, 0);
	common_put16(pf, COMMON_QUEUE_SELECT, index + num);
	g_assert_cmpuint(common16(pf, COMMON_QUEUE_SIZE), ==, 0);
}

/* The registers are read-only, and in halves too. */
static void admin_registers_fixed(struct card *card)
{
	struct func *pf = &card->pf;
	uint32_t both = common32(pf, COMMON_ADMIN_INDEX);

	common_put16(pf, COMMON_ADMIN_INDEX, 0x1234);
	common_put16(pf, COMMON_ADMIN_NUM, 0x1234);
	common_put16(pf, COMMON_NUM_QUEUES, 0x1234);
	g_assert_cmphex(common16(pf, COMMON_ADMIN_INDEX), ==, both & 0xffff);
	g_assert_cmpuint(common16(pf, COMMON_ADMIN_NUM), ==, 1);
	g_assert_cmpuint(common16(pf, COMMON_NUM_QUEUES), ==, card->options.blk ? 1 : 3);
}

static void check_notify(struct func *func, unsigned int last)
{
	uint32_t multiplier = func->notify_multiplier;

	g_assert_cmphex(func->notify % 2, ==, 0);
	g_assert_cmphex(multiplier & (multiplier - 1), ==, 0);
	for (unsigned int i = 0; i <= last; i++) {
		common_put16(func, COMMON_QUEUE_SELECT, i);
		if (!common16(func, COMMON_QUEUE_SIZE))
			continue;
		g_assert_cmpuint(func->notify_len, >=,
				 common16(func, COMMON_QUEUE_NOTIFY_OFF) * multiplier + 2);
	}
}

static void notify_capability(struct card *card)
{
	struct func vf = vf_open(card, 0);

	check_notify(&card->pf, common16(&card->pf, COMMON_ADMIN_INDEX));
	check_notify(&vf, common16(&vf, COMMON_NUM_QUEUES));
}

/* The window in configuration space shows the same register. */
static void pci_cfg_window(struct card *card)
{
	struct func vf = vf_open(card, 0);
	unsigned int cap = cfg_virtio_cap(&vf, VCAP_PCI);
	unsigned int common = cfg_virtio_cap(&vf, VCAP_COMMON);

	common_put8(&vf, COMMON_STATUS, ACKNOWLEDGE);
	cfg_put8(&vf, cap + VCAP_BAR, cfg8(&vf, common + VCAP_BAR));
	cfg_put32(&vf, cap + VCAP_OFFSET, cfg32(&vf, common + VCAP_OFFSET) + COMMON_STATUS);
	cfg_put32(&vf, cap + VCAP_LENGTH, 1);
	g_assert_cmphex(cfg8(&vf, cap + VCAP_DATA), ==, ACKNOWLEDGE);
	cfg_put8(&vf, cap + VCAP_DATA, ACKNOWLEDGE | DRIVER);
	g_assert_cmphex(common8(&vf, COMMON_STATUS), ==, ACKNOWLEDGE | DRIVER);
}

static void no_admin_before_1_2(struct card *card)
{
	g_assert_cmphex(card->pf.common_len, ==, 56);
	g_assert_cmphex(modern_features(&card->pf) & F_ADMIN_VQ, ==, 0);
}

/* A device is complete: a modern driver reads a sector from each VF. */
static void vf_modern_driver(struct card *card)
{
	for (unsigned int i = 0; i < card->vfs; i++) {
		struct func vf = vf_open(card, i);
		uint64_t data, status;
		struct ring ring;

		modern_start(&vf, &ring, 1);
		blk_read(&ring, &data, &status);
		ring_kick(&ring);
		g_assert(ring_wait(&ring));
		g_assert_cmphex(qtest_readb(card->qts, status), ==, 0);
		g_assert_cmphex(qtest_readb(card->qts, data), ==, 0);
		g_assert_cmphex(qtest_readl(card->qts, vf.config), ==, (i + 2) << 11);
	}
}

static const struct row pci_rows[] = {
	{ "pf-identity", DISCOVERY, TYPES | TOLERANT, BARE, pf_identity },
	{ "vf-identity", DISCOVERY, TYPES | TOLERANT, GROUP, vf_identity },
	{ "pf-capabilities", LAYOUT, TYPES | TOLERANT, BARE, pf_capabilities },
	{ "vf-capabilities", LAYOUT, TYPES | TOLERANT, GROUP, vf_capabilities },
	{ "vf-capabilities-of-64", LAYOUT, TYPES | TOLERANT, GROUP, vf_capabilities, 64 },
	{ "vectors", "MSI-X Vector Configuration", TYPES | TOLERANT, GROUP, vectors },
	{ "pf-has-no-io", DISCOVERY, TYPES | TOLERANT, BARE, pf_has_no_io },
	{ "vf-bar0-zero", "Device Requirements: Legacy Interface", TYPES | TOLERANT, ADMIN,
	  vf_bar0_zero },
	{ "vf-own-bars-zero", SR_IOV, TYPES | TOLERANT, GROUP, vf_own_bars_zero },
	{ "sriov-numbers", SR_IOV, TYPES | TOLERANT, BARE, sriov_numbers },
	{ "sriov-numbers-of-1", SR_IOV, TYPES | TOLERANT, BARE, sriov_numbers, 1 },
	{ "sriov-numbers-of-64", SR_IOV, TYPES | TOLERANT, BARE, sriov_numbers, 64 },
	{ "vfs-come-and-go", SR_IOV, TYPES | TOLERANT, ADMIN, vfs_come_and_go },
	{ "vfs-come-and-go-of-1", SR_IOV, TYPES | TOLERANT, ADMIN, vfs_come_and_go, 1 },
	{ "vfs-come-and-go-of-64", SR_IOV, TYPES | TOLERANT, ADMIN, vfs_come_and_go, 64 },
	{ "too-many-vfs", SR_IOV, TYPES | TOLERANT, ADMIN, too_many_vfs },
	{ "num-vfs-locked", SR_IOV, TYPES | TOLERANT, GROUP, num_vfs_locked },
	{ "vf-registers-apart", SR_IOV, TYPES | TOLERANT, GROUP, vf_registers_apart },
	{ "vf-registers-apart-of-64", SR_IOV, TYPES | TOLERANT, GROUP, vf_registers_apart, 64 },
	{ "memory-enable", SR_IOV, TYPES | TOLERANT, GROUP, memory_enable },
	{ "vf-flr", SR_IOV, TYPES | TOLERANT, GROUP, vf_flr },
	{ "pf-flr", SR_IOV, TYPES | BOTH, GROUP, pf_flr },
	{ "pf-virtio-reset-keeps-vfs", "Device Reset", TYPES | TOLERANT, GROUP,
	  pf_virtio_reset_keeps_vfs },
	{ "pf-features", "Reserved Feature Bits", TYPES | BOTH, BARE, pf_features },
	{ "vf-features", "Reserved Feature Bits", TYPES | BOTH, GROUP, vf_features },
	{ "admin-registers", "Common configuration structure layout", TYPES | BOTH, BARE,
	  admin_registers },
	{ "admin-registers-fixed", "Common configuration structure layout", TYPES | BOTH, BARE,
	  admin_registers_fixed },
	{ "notify-capability", "Notification capability", TYPES | TOLERANT, GROUP,
	  notify_capability },
	{ "pci-cfg-window", "PCI configuration access capability", TYPES | TOLERANT, GROUP,
	  pci_cfg_window },
	{ "common-len-56", "property common-len", TYPES | TOLERANT, BARE, no_admin_before_1_2, 0,
	  ",common-len=56" },
	{ "vf-modern-driver", "Device Initialization", BLK | BOTH, GROUP, vf_modern_driver },
};

FAMILY(pci);
