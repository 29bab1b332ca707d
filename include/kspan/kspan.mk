# SPDX-License-Identifier: GPL-2.0
# kspan.mk - the headers and symbol versions of kspan, for the Kbuild file of a module that uses it.
#
# One line there:
#	-include $(or $(KSPAN),/usr)/include/kspan/kspan.mk
# It needs no variable where kspan is installed for the kernel that is built for, by DKMS or by "make
# install". KSPAN=/path names the directory in which kspan was built. The leading "-" lets "make
# clean" work without kspan. With nested Kbuild files the line goes into the one at the top.
KSPAN ?= $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)

# In /usr/include there is more than kspan, which no module must find: so what is installed has a
# directory with kspan alone.
kspan_include := $(firstword $(wildcard $(KSPAN)/share/kspan/include) $(KSPAN)/include)
subdir-ccflags-y += -I$(kspan_include)

# The directory in which kspan was built, or what DKMS or "make install" has for this kernel.
kspan_symvers := $(firstword $(wildcard $(if $(wildcard $(KSPAN)/Kbuild), \
	$(KSPAN)/Module.symvers, \
	/var/lib/dkms/kspan/kernel-$(KERNELRELEASE)-$(shell uname -m)/Module.symvers \
	$(KSPAN)/lib/kspan/$(KERNELRELEASE)/Module.symvers)))

# A module may have symbols of others in its own list. A file that has kspan's is enough: modpost
# refuses a symbol that it reads twice. "override" is for a list on the command line.
ifeq ($(shell grep -slw kspan_free /dev/null $(KBUILD_EXTRA_SYMBOLS)),)
ifneq ($(kspan_symvers),)
override KBUILD_EXTRA_SYMBOLS += $(kspan_symvers)
else ifneq ($(filter %/Makefile.modpost,$(MAKEFILE_LIST)),)
$(warning kspan is not built for $(KERNELRELEASE): there is no Module.symvers of it for KSPAN=$(KSPAN))
endif
endif
