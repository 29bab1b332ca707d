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
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(CLIENTS) KSPAN=$(CURDIR) KBUILD_EXTRA_SYMBOLS=$(CURDIR)/Module.symvers modules

kunit-modules: modules ## Build kspan_kunit.ko, for a kernel that has CONFIG_KUNIT
	$(call relink,kunit)
	$(MAKE) -C $(KDIR) M=$(CURDIR)/kunit KBUILD_EXTRA_SYMBOLS=$(CURDIR)/Module.symvers modules

kunit: ## Run the KUnit suites in user-mode Linux (STATION=)
	selftests/host/make_kunit.sh $(STATION)

# What a module that uses kspan is built with, see include/kspan/kspan.mk: the headers, which are the same for each
# kernel, and for this one the versions of the symbols.
release = $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h),$(error no release))
MODULES = $(or $(INSTALL_MOD_PATH),$(DESTDIR))/lib/modules/$(release)

install: modules install-headers ## Install kspan.ko for the kernel it was built for, and what clients are built with
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(or $(INSTALL_MOD_PATH),$(DESTDIR)) modules_install
	install -D -m 644 Module.symvers $(DESTDIR)/usr/lib/kspan/$(release)/Module.symvers

install-headers: ## Install the headers alone, beside a kspan that DKMS builds
	install -d $(DESTDIR)/usr/include/kspan $(DESTDIR)/usr/share/kspan/include
	install -m 644 include/kspan/*.h include/kspan/*.mk include/kspan/*.sh $(DESTDIR)/usr/include/kspan
	ln -sfn ../../../include/kspan $(DESTDIR)/usr/share/kspan/include/kspan

uninstall: headers ## Remove what "make install" installed for this kernel; with the last one, the headers
	rm -f $(foreach d,updates extra,$(wildcard $(MODULES)/$(d)/kspan.ko*))
	rm -rf $(DESTDIR)/usr/lib/kspan/$(release)
	[ ! -d $(DESTDIR)/usr/lib/kspan ] || rmdir --ignore-fail-on-non-empty $(DESTDIR)/usr/lib/kspan
	[ -d $(DESTDIR)/usr/lib/kspan ] || rm -rf $(DESTDIR)/usr/include/kspan $(DESTDIR)/usr/share/kspan
	[ ! -e $(MODULES)/modules.dep ] || depmod $(addprefix -b ,$(or $(INSTALL_MOD_PATH),$(DESTDIR))) $(release)

clean: ## Remove what was built
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR)/$(CLIENTS) KSPAN=$(CURDIR) clean)
	$(if $(KDIR),$(MAKE) -C $(KDIR) M=$(CURDIR)/kunit clean)
	rm -f module/base/mksizeclasses
	$(MAKE) -C selftests/tools/kspantop clean

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

replay: ## Replay a recording of tools/kspan-record through kspan and kmalloc (RECORDING=file)
	selftests/host/make_replay.sh "$(RECORDING)"

tools: ## Compile kspantop (needs ncurses)
	$(MAKE) -C selftests/tools/kspantop

check: ## Run all tests (STEPS= names some; selftests/host/check.sh -l lists them)
	selftests/host/check.sh $(STEPS)

check-all: ## Run all tests, those as well that are long and rarely fail (STEPS= as for check)
	selftests/host/check.sh --all $(STEPS)

check-kernels: ## Build, load, test and replay on each kernel that kspan supports, and print a table (STATIONS= names some)
	selftests/host/check_kernels.sh $(STATIONS)

deb: ## Build the Debian packages kspan-dkms, kspan-dev and kspan-tools
	selftests/packages/make_deb.sh

check-packages: ## Install, upgrade and purge the packages in a system of their own, with a client
	selftests/packages/check.sh

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

.PHONY: all headers modules clients kunit-modules kunit install install-headers uninstall clean size-classes abi demo \
	replay tools check check-all check-kernels deb check-packages selftest litmus prove fuzz lint bench coverage mutate help
