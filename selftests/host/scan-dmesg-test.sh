#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Does scan-dmesg.sh find what it must find and forgive what it may? TAP; needs no guest and no root.

scan=$(cd "$(dirname "$0")/../tests" && pwd)/scan-dmesg.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
count=0 failed=0

# check clean|dirty TITLE [ALLOW]: the log comes from stdin, a line "# text" is user space's, others get a time stamp.
check()
{
	awk '/^# / { print substr($0, 3); next } { printf "[%5d.%06d] %s\n", NR / 10, NR, $0 }' >"$log"
	count=$((count + 1))
	if sh "$scan" --allow "${3:-}" "$log" >/dev/null; then got=clean; else got=dirty; fi
	if [ "$got" = "$1" ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=$((failed + 1))
	fi
}

check clean "a quiet boot" <<END
Linux version 6.1.0
Kernel command line: rcupdate.rcu_cpu_stall_timeout=60 kasan.fault=panic
kasan: KernelAddressSanitizer initialized
rcu: 	RCU CPU stall warnings timeout set to 60 (rcu_cpu_stall_timeout).
AMD-Vi: AMD IOMMUv2 functionality not available on this system - This is not a bug.
hello: loading out-of-tree module taints kernel.
END

while read -r text; do
	check dirty "$text" <<-END
	Linux version 6.1.0
	$text
	END
done <<END
BUG: KASAN: vmalloc-out-of-bounds in kspan_alloc+0x10/0x20 [kspan]
kernel BUG at module/mheap.c:7!
BUG kmalloc-64 (Tainted: G): Object already free
WARNING: CPU: 0 PID: 1 at module/mheap.c:7 mheap_free+0x10/0x20 [kspan]
WARNING: possible circular locking dependency detected
WARNING: suspicious RCU usage
general protection fault, probably for non-canonical address
UBSAN: shift-out-of-bounds in module/bitmap.c:3:4
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: INFO: rcu_sched self-detected stall on CPU
INFO: task rmmod:55 blocked for more than 120 seconds.
watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:9]
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kspan: 3 objects leaked
Call Trace:
Call trace:
Internal error: BTI: 0000000036000003 [#1] SMP
SError Interrupt on CPU1, code 0x00000000bf000002 -- SError
END

check clean "user space may say what it likes" <<END
Linux version 6.1.0
# ok 3 - no BUG: and no WARNING: was printed
END

check clean "an announced report with its stack" <<END
kspan-expect-begin double free
kspan: double free of object 5 of a 64 byte span
CPU: 0 PID: 1 Comm: insmod
Call Trace:
 <TASK>
 kspan_free+0x10/0x20 [kspan]
 </TASK>
kspan-expect-end
END

check clean "an announced WARN, text before the WARNING line" <<END
kspan-expect-begin unsupported flag
------------[ cut here ]------------
kspan: unsupported flag __GFP_DMA
WARNING: CPU: 0 PID: 1 at module/api.c:7 kspan_alloc+0x10/0x20 [kspan]
Call Trace:
---[ end trace 0000000000000000 ]---
kspan-expect-end
END

check clean "an announced WARN, text behind the WARNING line" <<END
kspan-expect-begin unsupported flag
------------[ cut here ]------------
WARNING: CPU: 0 PID: 1 at module/api.c:7 kspan_alloc+0x10/0x20 [kspan]
kspan: unsupported flag __GFP_DMA
Call Trace:
---[ end trace 0000000000000000 ]---
kspan-expect-end
END

check dirty "a report of another kind between the marks" <<END
kspan-expect-begin double free
kspan: double free of object 5 of a 64 byte span
BUG: KASAN: use-after-free in mspan_free+0x10/0x20 [kspan]
Call Trace:
kspan-expect-end
END

check dirty "a stack dump that belongs to nothing announced" <<END
kspan-expect-begin double free
Call Trace:
kspan: double free of object 5 of a 64 byte span
kspan-expect-end
END

check dirty "an announced report that does not come" <<END
kspan-expect-begin double free
kspan: all is well
kspan-expect-end
END

check dirty "the same report after the end mark" <<END
kspan-expect-begin double free
kspan: double free of object 5 of a 64 byte span
kspan-expect-end
kspan: double free of object 6 of a 64 byte span
Call Trace:
END

check dirty "an announcement without an end" <<END
kspan-expect-begin double free
kspan: double free of object 5 of a 64 byte span
END

check clean "what --allow names, with its stack" "page allocation failure" <<END
insmod: page allocation failure: order:0, mode:0xcc0
CPU: 0 PID: 1 Comm: insmod
Call Trace:
END

races='BUG: KCSAN: data-race in [^[]*$'

check clean "a race of the kernel with itself, on behalf of kspan" "$races" <<END
==================================================================
BUG: KCSAN: data-race in purge_vmap_area_lazy / vfree
read to 0xffff888000000000 of 8 bytes by task 7 on cpu 1:
 vfree+0x10/0x20
 arena_destroy+0x10/0x20 [kspan]
==================================================================
END

check dirty "a race of kspan's, in a function of the kernel's that does what it is told" "$races" <<END
==================================================================
BUG: KCSAN: data-race in __bitmap_set / _find_next_bit
write to 0xffff888000000000 of 8 bytes by task 7 on cpu 1:
 __bitmap_set+0x10/0x20
 page_alloc_take+0x10/0x20 [kspan]
==================================================================
END

check clean "the same below a function of the kernel's that kspan called, or interrupted" "$races" <<END
==================================================================
BUG: KCSAN: data-race in find_busiest_group / rb_erase
read to 0xffff888000000000 of 8 bytes by interrupt on cpu 1:
 find_busiest_group+0x10/0x20
 load_balance+0x10/0x20
 actor_step+0x10/0x20 [kspan_torture]

write to 0xffff888000000000 of 8 bytes by task 7 on cpu 0:
 rb_erase+0x10/0x20
 timerqueue_del+0x10/0x20
 actor_step+0x10/0x20 [kspan_torture]
==================================================================
END

check clean "the same of somebody else" "$races" <<END
==================================================================
BUG: KCSAN: data-race in __bitmap_set / _find_next_bit
write to 0xffff888000000000 of 8 bytes by task 7 on cpu 1:
 __bitmap_set+0x10/0x20
 cpumask_set_cpu+0x10/0x20
==================================================================
a stack that follows
 mspan_free+0x10/0x20 [kspan]
END

check clean "what looked like a leak and was none" <<END
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kspan-vm: kmemleak has nothing to tell
END

check dirty "what is one" <<END
kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
kspan-vm: kmemleak: 3 objects
END

check clean "an announced report with its stack on arm64" <<END
kspan-expect-begin double free
kspan: double free of object 5 of a 64 byte span
CPU: 0 PID: 1 Comm: insmod
Call trace:
 dump_backtrace+0xe4/0x140
kspan-expect-end
END

check clean "what user-mode Linux says of itself" <<END
WARNING: CPU: 0 PID: 82 at kernel/locking/lockdep.c:4381 trace_hardirqs_on+0x63/0x160
DEBUG_LOCKS_WARN_ON(lockdep_hardirq_context())
Modules linked in: kspan(O)
CPU: 0 PID: 82 Comm: kworker/0:2 Tainted: G        W  O       6.1.192-uml #2
Call Trace:
END

check dirty "the same of another kernel" <<END
WARNING: CPU: 0 PID: 82 at kernel/locking/lockdep.c:4381 trace_hardirqs_on+0x63/0x160
DEBUG_LOCKS_WARN_ON(lockdep_hardirq_context())
Modules linked in: kspan(O)
CPU: 0 PID: 82 Comm: kworker/0:2 Tainted: G        W  O       6.1.192-debug #2
END

check dirty "an empty log" </dev/null

echo "1..$count"
[ "$failed" -eq 0 ]
