// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which vectors are planned, in which order of preference.
 * sources: drivers/virtio/virtio_pci_vectors.c
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "drivers/virtio/virtio_pci_vectors.h"
#include "unit.h"

#define NONE VP_NO_VECTOR

struct expected {
	unsigned int count;
	bool own;
	u16 config, queue, admin;
};

static void expect_plans(struct vp_vectors_wish wish, const struct expected *expected,
			 unsigned int n)
{
	struct vp_vectors_plan plan;

	for (unsigned int i = 0; i < n; i++) {
		ASSERT_EQ(vp_vectors_plan(&wish, i, &plan), 0);
		EXPECT_EQ(plan.count, expected[i].count);
		EXPECT_EQ(plan.own, expected[i].own);
		EXPECT_EQ(plan.config, expected[i].config);
		EXPECT_EQ(plan.queue, expected[i].queue);
		EXPECT_EQ(plan.admin, expected[i].admin);
	}
	EXPECT_EQ(vp_vectors_plan(&wish, n, &plan), -ENOSPC);
}

#define EXPECT_PLANS(queues, msix, admin, intx, ...)				\
	do {									\
		static const struct expected expected[] = { __VA_ARGS__ };	\
		expect_plans((struct vp_vectors_wish){ queues, msix, admin, intx },	\
			     expected, ARRAY_SIZE(expected));			\
	} while (0)

UNIT_TEST(plenty)
{
	EXPECT_PLANS(3, 100, true, true,
		     { 5, true, 0, 1, 4 },
		     { 4, true, 0, 1, 0 },
		     { 3, false, 0, 1, 2 },
		     { 2, false, 0, 1, 0 },
		     { 0, false, NONE, NONE, NONE },
		     { 1, false, 0, 0, 0 });
}

UNIT_TEST(plenty_without_admin_queue)
{
	EXPECT_PLANS(3, 100, false, true,
		     { 4, true, 0, 1, NONE },
		     { 2, false, 0, 1, NONE },
		     { 0, false, NONE, NONE, NONE },
		     { 1, false, 0, 0, NONE });
}

UNIT_TEST(one_too_few_for_an_own_admin_vector)
{
	EXPECT_PLANS(3, 4, true, false,
		     { 4, true, 0, 1, 0 },
		     { 3, false, 0, 1, 2 },
		     { 2, false, 0, 1, 0 },
		     { 1, false, 0, 0, 0 });
}

UNIT_TEST(too_few_for_each_queue)
{
	EXPECT_PLANS(3, 2, true, true,
		     { 2, false, 0, 1, 0 },
		     { 0, false, NONE, NONE, NONE },
		     { 1, false, 0, 0, 0 });
}

UNIT_TEST(a_vf_with_one_vector)
{
	EXPECT_PLANS(2, 1, false, false, { 1, false, 0, 0, NONE });
}

UNIT_TEST(no_msix)
{
	EXPECT_PLANS(2, 0, true, true, { 0, false, NONE, NONE, NONE });
}

UNIT_TEST(nothing_at_all)
{
	struct vp_vectors_wish wish = { .queues = 2 };
	struct vp_vectors_plan plan;

	EXPECT_EQ(vp_vectors_plan(&wish, 0, &plan), -ENOSPC);
}

UNIT_TEST(no_queue_wants_an_interrupt)
{
	struct vp_vectors_wish wish = { .msix = 8, .admin = true };
	struct vp_vectors_plan plan;

	ASSERT_EQ(vp_vectors_plan(&wish, 0, &plan), 0);
	EXPECT_EQ(plan.count, 2);
	EXPECT_EQ(plan.queue, NONE);
	EXPECT_EQ(plan.admin, 1);
}

/* whatever is wished, no plan hands out a vector that it does not ask for */
UNIT_TEST(every_vector_is_counted)
{
	for (unsigned int n = 0; n < 5 * 8 * 2 * 2; n++) {
		struct vp_vectors_wish wish = {
			.queues = n % 5, .msix = n / 5 % 8, .admin = n / 40 % 2, .intx = n / 80,
		};
		struct vp_vectors_plan plan;
		u16 last;

		for (unsigned int i = 0; !vp_vectors_plan(&wish, i, &plan); i++) {
			last = plan.queue + (plan.own && wish.queues ? wish.queues - 1 : 0);
			EXPECT(plan.count <= wish.msix);
			EXPECT_EQ(plan.count == 0, plan.config == NONE);
			EXPECT(!plan.count || plan.config < plan.count);
			EXPECT(plan.queue == NONE || last < plan.count);
			EXPECT(plan.admin == NONE || plan.admin < plan.count);
			EXPECT(!plan.own || plan.admin == NONE || plan.queue == NONE ||
			       plan.admin < plan.queue || plan.admin > last);
			EXPECT(wish.admin || plan.admin == NONE);
		}
	}
}
