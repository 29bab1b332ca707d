# SPDX-License-Identifier: GPL-2.0
# For the Kbuild file of a module whose kmalloc family kspan is to serve, without a change of its
# source: "include $(KSPAN)/include/kspan/slab_override.mk", KSPAN being where kspan was built.

# Where a source defines pr_fmt itself, the header must leave it undefined.
kspan_source_has = $(if $(shell grep -l '^. *define  *$(1)\>' $< 2>/dev/null),-DKSPAN_SOURCE_HAS_$(2))
kspan_own_ccflags := $(ccflags-y)

# Not := nor +=, as $< is known only when a source is compiled.
ccflags-y = $(kspan_own_ccflags) -I$(KSPAN)/include -include $(KSPAN)/include/kspan/slab_override.h \
	$(call kspan_source_has,pr_fmt,PR_FMT) $(call kspan_source_has,dev_fmt,DEV_FMT)
