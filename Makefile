# SPDX-License-Identifier: GPL-2.0-only
# Entry points. `make help` lists them.

KDIR ?= /lib/modules/$(shell uname -r)/build
OUT := $(CURDIR)/out
LAB := tools/testing/lab/lab

# what make install installs: parts of scripts/install-modules
PARTS ?= variant
export DESTDIR SIGN_KEY SIGN_CERT

.PHONY: modules help install uninstall check docs soak demo demo-migrate bench bench-faults lab clean

modules:
	+@scripts/build-modules "$(KDIR)" "$(OUT)"

install:
	@scripts/install-modules "$(KDIR)" "$(OUT)" $(PARTS)

uninstall:
	@scripts/install-modules --remove "$(KDIR)" "$(OUT)" $(PARTS)

help:
	@echo "make check [TESTS=patterns] [KERNEL=name]"
	@echo "                             build and test in the lab; ALL=1: in twice the time all of it, REST=1:"
	@echo "                             what is left out without"
	@echo "make soak [MINUTES=60 SEED=n]  the tests on a kernel that finds mistakes, allocations refused"
	@echo "make bench [QUICK=1 TESTS=pattern ROUNDS=n]  side by side with the kernel's own drivers"
	@echo "make bench-faults [SECONDS=60]  each fault of the card against each workload"
	@echo "make demo [KEEP=1]           a legacy guest on a VF, from nothing"
	@echo "make demo-migrate            one that moves from one host to another and back"
	@echo "make lab                     a shell in the hypervisor VM, VFs ready"
	@echo "make [KDIR=build]            the modules for a kernel, to out/modules/RELEASE"
	@echo "make install [KDIR= PARTS=]  virtio-vfio-pci to /lib/modules/RELEASE/updates;"
	@echo "                             PARTS='variant virtio-pci' replaces virtio_pci as well,"
	@echo "                             PARTS=vdpa is the vDPA set"
	@echo "make uninstall [KDIR= PARTS=]  remove them again"
	@echo "make docs                    Documentation/ as HTML, kernel-doc included, to out/docs/html"
	@echo "make clean                   remove out/ (the cache folder stays)"

check:
	@tools/testing/check $(if $(ALL),-a) $(if $(REST),-r) $(if $(KERNEL),-k "$(KERNEL)") $(foreach test,$(TESTS),"$(test)")

docs:
	@scripts/build-docs "$$($(LAB) source 6.1 $$(grep -v '^#' scripts/kernel-tools))/scripts/kernel-doc" "$(OUT)/docs"

soak:
	@tools/testing/soak "$(or $(MINUTES),60)" $(SEED)

demo:
	@tools/testing/lab/demo/run $(if $(KEEP),--keep)

demo-migrate:
	@tools/testing/lab/demo/run --migrate

bench:
	@BENCH_QUICK="$(QUICK)" $(if $(ROUNDS),BENCH_ROUNDS="$(ROUNDS)") tools/testing/bench/run $(if $(TESTS),"$(TESTS)")

bench-faults:
	@tools/testing/bench/faults $(SECONDS)

lab:
	@$(LAB) setup 6.1
	+@scripts/build-modules "$$($(LAB) kdir 6.1)" "$(OUT)"
	@$(LAB) shell

clean:
	rm -rf "$(OUT)"
