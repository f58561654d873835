# SPDX-License-Identifier: GPL-2.0-only
# Entry points. `make help` lists them.

KDIR ?= /lib/modules/$(shell uname -r)/build
OUT := $(CURDIR)/out
LAB := tools/testing/lab/lab

.PHONY: help modules check demo lab clean

help:
	@echo "make check [TESTS=pattern]   build and test everything in the lab"
	@echo "make demo [KEEP=1]           a legacy guest on a VF, from nothing"
	@echo "make lab                     a shell in the hypervisor VM, VFs ready"
	@echo "make modules [KDIR=build]    the modules for a kernel, to out/modules/RELEASE"
	@echo "make clean                   remove out/ (the cache folder stays)"

modules:
	@scripts/build-modules "$(KDIR)" "$(OUT)"

check:
	@tools/testing/check $(if $(TESTS),"$(TESTS)")

demo:
	@tools/testing/lab/demo/run $(if $(KEEP),--keep)

lab:
	@$(LAB) shell

clean:
	rm -rf "$(OUT)"
