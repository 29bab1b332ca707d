// SPDX-License-Identifier: GPL-2.0
/*
 * requests: what inline functions of kernel headers allocate for hardware or for the core kernel is
 * not kspan's, though this file is built with slab_override.h and KSPAN_OVERRIDE_VMALLOC.
 */
#include <crypto/aead.h>
#include <crypto/akcipher.h>
#include <crypto/hash.h>
#include <crypto/kpp.h>
#include <crypto/skcipher.h>
#include <linux/dma-fence-chain.h>
#include <linux/slab.h>
#include <kspan/kspan.h>
#include "override.h"

/* The functions only read how large a request is: of these 0 bytes more than its struct. */
static void check_ciphers(void)
{
	struct crypto_skcipher *skcipher = kzalloc(sizeof(*skcipher), GFP_KERNEL);
	struct crypto_aead *aead = kzalloc(sizeof(*aead), GFP_KERNEL);
	struct crypto_ahash *ahash = kzalloc(sizeof(*ahash), GFP_KERNEL);
	struct skcipher_request *a = skcipher_request_alloc(skcipher, GFP_KERNEL);
	struct aead_request *b = aead_request_alloc(aead, GFP_KERNEL);
	struct ahash_request *c = ahash_request_alloc(ahash, GFP_KERNEL);

	CHECK(a && !kspan_owns(a));
	CHECK(b && !kspan_owns(b));
	CHECK(c && !kspan_owns(c));
	kfree(a);
	kfree(b);
	kfree(c);
	kfree(skcipher);
	kfree(aead);
	kfree(ahash);
}

static void check_keys(void)
{
	struct akcipher_alg *akcipher_alg = kzalloc(sizeof(*akcipher_alg), GFP_KERNEL);
	struct crypto_akcipher *akcipher = kzalloc(sizeof(*akcipher), GFP_KERNEL);
	struct kpp_alg *kpp_alg = kzalloc(sizeof(*kpp_alg), GFP_KERNEL);
	struct crypto_kpp *kpp = kzalloc(sizeof(*kpp), GFP_KERNEL);
	struct akcipher_request *a;
	struct kpp_request *b;

	akcipher->base.__crt_alg = &akcipher_alg->base;
	kpp->base.__crt_alg = &kpp_alg->base;
	a = akcipher_request_alloc(akcipher, GFP_KERNEL);
	b = kpp_request_alloc(kpp, GFP_KERNEL);
	CHECK(a && !kspan_owns(a));
	CHECK(b && !kspan_owns(b));
	kfree(a);
	kfree(b);
	kfree(akcipher);
	kfree(akcipher_alg);
	kfree(kpp);
	kfree(kpp_alg);
}

void test_requests(void)
{
	struct dma_fence_chain *chain = dma_fence_chain_alloc();

	CHECK(chain && !kspan_owns(chain));
	dma_fence_chain_free(chain);
	check_ciphers();
	check_keys();
}
