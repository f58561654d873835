/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzzer is a file NAME_fuzz.c with one FUZZ_TARGET(data, size) { ... }. It
 * names its sources as a test does (unit.h).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int fuzz_target(const uint8_t *input, size_t len);

/* the Makefile gives it the name that libFuzzer calls; input and len are its arguments */
#define FUZZ_TARGET	int fuzz_target(const uint8_t *input, size_t len)

#endif /* FUZZ_H */
