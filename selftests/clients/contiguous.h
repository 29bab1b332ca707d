/* SPDX-License-Identifier: GPL-2.0 */
/*
 * contiguous: what kspan_direct and kspan_hardware check of an object: a pattern in it, and that a
 * device would see it.
 */
#ifndef _KSPAN_CONTIGUOUS_H
#define _KSPAN_CONTIGUOUS_H

#include <linux/dma-mapping.h>
#include <linux/mm.h>

static unsigned int checks, failures;

#define CHECK(cond) do {						\
	checks++;							\
	if (!(cond)) {							\
		failures++;						\
		pr_err("%s:%d: %s\n", __FILE__, __LINE__, #cond);		\
	}								\
} while (0)

static void fill(u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = i * 31 + size;
}

static bool is_filled(const u8 *p, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (p[i] != (u8)(i * 31 + size))
			return false;
	return true;
}

static void map(struct device *dev, u8 *p, size_t size)
{
	dma_addr_t addr = dma_map_single(dev, p, size, DMA_BIDIRECTIONAL);

	CHECK(!dma_mapping_error(dev, addr));
	if (dma_mapping_error(dev, addr))
		return;
	/* Without an IOMMU, as in the guests, the bus address is the physical one. */
	CHECK(addr == virt_to_phys(p));
	CHECK(phys_to_virt(addr + size - 1) == p + size - 1);
	dma_unmap_single(dev, addr, size, DMA_BIDIRECTIONAL);
	CHECK(is_filled(p, size));
}

#endif /* _KSPAN_CONTIGUOUS_H */
