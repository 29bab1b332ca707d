# SPDX-License-Identifier: GPL-2.0
# slab_override.mk - compile a module with slab_override.h before each of its sources.
#
# For the module's Kbuild file, in place of kspan.mk, and behind the module's own ccflags-y:
#	-include $(or $(KSPAN),/usr)/include/kspan/slab_override.mk
# What the module calls is looked at when it was built; override_check.sh beside this file warns.
# KSPAN is the absolute path of the directory in which kspan was built, or is not needed; see
# kspan.mk.
include $(dir $(lastword $(MAKEFILE_LIST)))kspan.mk

# $(call kspan_source_has,NAME,OPTION): an option for a source that defines NAME itself, so that the
# header undefines it.
kspan_source_has = $(if $(shell grep -l '^. *define  *$(1)\>' $< 2>/dev/null),-DKSPAN_SOURCE_HAS_$(2))
kspan_own_ccflags := $(ccflags-y)

# Neither := nor +=: $< is known only when a source is compiled.
ccflags-y = $(kspan_own_ccflags) -include $(kspan_include)/kspan/slab_override.h \
	$(call kspan_source_has,pr_fmt,PR_FMT) $(call kspan_source_has,dev_fmt,DEV_FMT) \
	$(call kspan_source_has,MIN,MIN) $(call kspan_source_has,MAX,MAX)

# When the module was built: a look at what its objects call. It warns, and never fails.
quiet_cmd_kspan_check = CHECK   $@
      cmd_kspan_check = sh $(kspan_include)/kspan/override_check.sh $(NM) $(real-obj-m); touch $@
always-y += kspan_override.checked
$(obj)/kspan_override.checked: $(obj)/modules.order
	$(call cmd,kspan_check)
