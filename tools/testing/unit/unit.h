/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A test file is NAME_test.c: it includes this header, has functions
 * UNIT_TEST(name) { ... } and names the sources it tests in comment lines
 *
 *	sources: drivers/virtio/a.c drivers/virtio/b.c
 *
 * An EXPECT that fails is reported and the test goes on; an ASSERT ends it.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

void unit_register(struct unit_test *test);
/* end the running test: it cannot be done here, for this reason */
void unit_skip(const char *reason) __attribute__((noreturn));
/* report a failure; with @fatal the running test ends */
void unit_fail(const char *file, int line, int fatal, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#define UNIT_TEST(test_name)						\
	static void test_name(void);					\
	static struct unit_test unit_test_##test_name = {		\
		.name = #test_name,					\
		.run = test_name,					\
	};								\
	__attribute__((constructor))					\
	static void unit_register_##test_name(void)			\
	{								\
		unit_register(&unit_test_##test_name);			\
	}								\
	static void test_name(void)

#define UNIT_CHECK(condition, fatal)					\
	do {								\
		if (!(condition))					\
			unit_fail(__FILE__, __LINE__, fatal, "%s", #condition);	\
	} while (0)

#define UNIT_CHECK_EQ(a, b, fatal)					\
	do {								\
		long long unit_a = (long long)(a), unit_b = (long long)(b);	\
		if (unit_a != unit_b)					\
			unit_fail(__FILE__, __LINE__, fatal,		\
				  "%s is %lld, not %s, %lld", #a, unit_a, #b, unit_b);	\
	} while (0)

#define EXPECT(condition)	UNIT_CHECK(condition, 0)
#define ASSERT(condition)	UNIT_CHECK(condition, 1)
#define EXPECT_EQ(a, b)		UNIT_CHECK_EQ(a, b, 0)
#define ASSERT_EQ(a, b)		UNIT_CHECK_EQ(a, b, 1)

#endif /* UNIT_H */
