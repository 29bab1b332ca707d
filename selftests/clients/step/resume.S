/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kspan_step: where a function outside kspan returns to. It goes on where it was called from, with
 * single-stepping on again. No register changes. The flag takes effect behind the next instruction.
 */
#include <linux/linkage.h>
#include <asm/processor-flags.h>

	.text
SYM_CODE_START(step_resume)
	pushq	step_return(%rip)
	pushfq
	orq	$X86_EFLAGS_TF, (%rsp)
	popfq
	ret
	int3
SYM_CODE_END(step_resume)
