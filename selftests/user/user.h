/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user: what a program in user space asks of kernel.c.
 */
#ifndef _USER_H
#define _USER_H

#include "kernel.h"

extern unsigned long user_errors;	/* messages of pr_err() so far */
extern bool user_errors_expected;	/* else one ends the program */
extern bool user_verbose;

/* @user_interrupt runs when user_hook() was called @user_hooks times: NMI if interrupts are off. */
extern void (*user_interrupt)(void);
extern unsigned int user_hooks;

void user_start(void);
unsigned long user_bytes(void);

#endif /* _USER_H */
