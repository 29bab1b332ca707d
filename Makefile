# SPDX-License-Identifier: GPL-2.0
# kspan: "make help" lists the targets. The build itself is the kernel's; see Kbuild.

# The running kernel's headers, or the newest that are installed.
NEWEST := $(lastword $(shell printf '%s\n' /lib/modules/*/build/Makefile | sort -V))
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build),$(patsubst %/Makefile,%,$(wildcard $(NEWEST))))
CLIENTS := selftests/clients
VM := selftests/vm

define NO_HEADERS
No kernel headers are installed.
  Debian, Ubuntu:  apt-get install linux-headers-$(shell dpkg --print-architecture 2>/dev/null || echo generic)
  Fedora:          dnf install kernel-devel
  Arch:            pacman -S linux-headers
Or name a built kernel tree: make KDIR=/path
endef

# The kernel's build does not see that the versions of kspan's symbols have changed.
relink = @[ ! Module.symvers -nt $(1)/Module.symvers ] || rm -f $(1)/Module.symvers

all: modules clients ## Build kspan.ko and the client modules (KDIR=, DEBUG=1)

headers:
	$(if $(KDIR),,$(error $(NO_HEADERS)))

modules: headers ## Build kspan.ko alone
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clients: modules ## Build the modules under selftests/clients
	$(call relink,$(CLIENTS))
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(CLIENTS) KBUILD_EXTRA_SYMBOLS=$(CURDIR)/Module.symvers modules

kunit-modules: modules ## Build kspan_kunit.ko, for a kernel that has CONFIG_KUNIT
	$(call relink,kunit)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/kunit KBUILD_EXTRA_SYMBOLS=$(CURDIR)/Module.symvers modules

kunit: ## Run the KUnit suites in user-mode Linux (STATION=)
	selftests/host/make_kunit.sh $(STATION)

install: modules ## Install kspan.ko for the kernel it was built for, and the headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(or $(INSTALL_MOD_PATH),$(DESTDIR)) modules_install
	install -d $(DESTDIR)/usr/include/kspan
	install -m 644 include/kspan/*.h include/kspan/*.mk $(DESTDIR)/usr/include/kspan

clean: ## Remove what was built
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR)/$(CLIENTS) clean)
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR)/kunit clean)
	rm -f module/base/mksizeclasses

size-classes: ## Write include/kspan/size_classes.h anew from the rule
	$(CC) -Wall -Wextra -O -o module/base/mksizeclasses module/base/mksizeclasses.c
	module/base/mksizeclasses > include/kspan/size_classes.h

abi: headers ## Write include/kspan/abi_stamp.h anew from the other headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) module/base/mkabi.s
	module/base/mkabi.sh module/base/mkabi.s > include/kspan/abi_stamp.h.new
	mv include/kspan/abi_stamp.h.new include/kspan/abi_stamp.h
	rm module/base/mkabi.s
	selftests/host/abi.sh --record

demo: ## Boot a stock kernel in a VM and replay a recorded kernel's allocations
	selftests/host/make_demo.sh

check: ## Run all tests (STEPS= names some; selftests/host/check.sh -l lists them)
	selftests/host/check.sh $(STEPS)

check-all: ## Run all tests, those as well that are long and rarely fail
	selftests/host/check.sh --all

selftest: ## Run the selftests on the stock kernel in a VM
	$(VM)/run.sh --timeout 900 stock tests/run_all.sh

litmus: ## Check the lock-free protocols against the kernel's memory model
	selftests/host/litmus.sh

prove: ## Check the arithmetic for all values, in user space
	selftests/host/prove.sh

fuzz: ## Call the API in orders that libFuzzer looks for, in user space (SECONDS=60)
	selftests/host/fuzz.sh $(SECONDS)

lint: ## Run the static checks
	selftests/host/lint.sh

bench: ## Compare kspan with the kernel's allocators, in instructions and in nanoseconds
	selftests/bench/run.sh

coverage: ## Run the tests with coverage and list the lines not reached
	selftests/host/coverage.sh

mutate: ## Put faults into the allocator one at a time and see which test catches each
	selftests/host/mutate.sh

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: all headers modules clients kunit-modules kunit install clean size-classes abi demo check \
	check-all selftest litmus prove fuzz lint bench coverage mutate help
