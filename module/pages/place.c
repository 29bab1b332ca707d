// SPDX-License-Identifier: GPL-2.0
/*
 * place: see place.h.
 */
#include <linux/init.h>
#include <linux/nodemask.h>
#include "pages/place.h"

bool place_by_node __ro_after_init;

/* A node that gets its memory later is served by the others. */
void __init place_init(void)
{
	place_by_node = num_node_state(N_MEMORY) > 1;
}

const char *backing_name(enum backing backing)
{
	static const char *const names[NR_BACKINGS] = {
		[BACKING_VMALLOC] = "vmalloc",
		[BACKING_DIRECT] = "direct",
		[BACKING_DMA32] = "dma32",
		[BACKING_DMA] = "dma",
	};

	return names[backing];
}
