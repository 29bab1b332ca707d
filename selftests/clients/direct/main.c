// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_direct: what only physically contiguous memory can do, with objects of a direct heap. Each
 * is mapped for DMA and looked at through its bus address, and is encrypted, decrypted and hashed
 * in scatterlists, requests and initialization vectors in such objects, too. Loading fails if
 * anything is wrong.
 */
#include <crypto/hash.h>
#include <crypto/skcipher.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <kspan/heap.h>
#include "../contiguous.h"

#define DIGEST_BYTES	32
#define KEY_BYTES	16
#define IV_BYTES	16

static struct kspan_heap *heap;
static void *get(size_t size)
{
	return kspan_heap_zalloc(heap, size, GFP_KERNEL);
}

static void hash(struct crypto_ahash *tfm, struct scatterlist *sg, size_t size, u8 *digest)
{
	struct ahash_request *req = get(sizeof(*req) + crypto_ahash_reqsize(tfm));
	DECLARE_CRYPTO_WAIT(wait);

	CHECK(req);
	if (!req)
		return;
	ahash_request_set_tfm(req, tfm);
	ahash_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done, &wait);
	ahash_request_set_crypt(req, sg, digest, size);
	CHECK(!crypto_wait_req(crypto_ahash_digest(req), &wait));
	kspan_free(req);
}

static void crypt(struct crypto_skcipher *tfm, struct scatterlist *sg, size_t size, bool encrypt)
{
	struct skcipher_request *req = get(sizeof(*req) + crypto_skcipher_reqsize(tfm));
	u8 *iv = get(IV_BYTES);
	DECLARE_CRYPTO_WAIT(wait);

	CHECK(req && iv);
	if (req && iv) {
		skcipher_request_set_tfm(req, tfm);
		skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done,
					      &wait);
		skcipher_request_set_crypt(req, sg, sg, size, iv);
		CHECK(!crypto_wait_req(encrypt ? crypto_skcipher_encrypt(req) :
						 crypto_skcipher_decrypt(req), &wait));
	}
	kspan_free(iv);
	kspan_free(req);
}

/* Both digests are of the same bytes, once in one piece and once in two. */
static void use(struct device *dev, struct crypto_skcipher *cipher, struct crypto_ahash *hasher,
		size_t size)
{
	u8 *p = get(size), *one = get(DIGEST_BYTES), *two = get(DIGEST_BYTES);
	struct scatterlist sg[2];

	CHECK(p && one && two);
	if (!p || !one || !two)
		goto out;
	fill(p, size);
	map(dev, p, size);
	sg_init_one(sg, p, size);
	hash(hasher, sg, size, one);
	crypt(cipher, sg, size, true);
	CHECK(!is_filled(p, size));
	crypt(cipher, sg, size, false);
	CHECK(is_filled(p, size));
	sg_init_table(sg, 2);
	sg_set_buf(&sg[0], p, size / 2);
	sg_set_buf(&sg[1], p + size / 2, size - size / 2);
	hash(hasher, sg, size, two);
	CHECK(!memcmp(one, two, DIGEST_BYTES));
out:
	kspan_free(two);
	kspan_free(one);
	kspan_free(p);
}

static int run(struct device *dev)
{
	struct crypto_skcipher *cipher = crypto_alloc_skcipher("cbc(aes)", 0, 0);
	struct crypto_ahash *hasher = crypto_alloc_ahash("sha256", 0, 0);
	static const size_t sizes[] = { 64, 1024, 8192, 32768, 100000 - 100000 % IV_BYTES, SZ_1M };
	unsigned int i;
	u8 *key = get(KEY_BYTES);
	int err = 0;

	if (IS_ERR(cipher) || IS_ERR(hasher) || !key)
		err = -ENOENT;
	else
		err = crypto_skcipher_setkey(cipher, key, KEY_BYTES);
	for (i = 0; !err && i < ARRAY_SIZE(sizes); i++)
		use(dev, cipher, hasher, sizes[i]);
	kspan_free(key);
	if (!IS_ERR(hasher))
		crypto_free_ahash(hasher);
	if (!IS_ERR(cipher))
		crypto_free_skcipher(cipher);
	return err;
}

static int __init kspan_direct_init(void)
{
	struct kspan_heap_params params = { .flags = KSPAN_HEAP_DIRECT };
	struct platform_device *pdev;
	int err;

	pdev = platform_device_register_simple("kspan_direct", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	err = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	heap = kspan_heap_create("direct client", &params);
	if (IS_ERR(heap)) {
		err = PTR_ERR(heap);
	} else {
		err = err ?: run(&pdev->dev);
		kspan_heap_destroy(heap);
	}
	platform_device_unregister(pdev);
	pr_info("%u checks, %u failed, %d\n", checks, failures, err);
	return failures ? -EIO : err;
}
module_init(kspan_direct_init);

static void __exit kspan_direct_exit(void)
{
}
module_exit(kspan_direct_exit);

MODULE_DESCRIPTION("Gives memory of a direct heap to DMA and to the crypto API");
MODULE_LICENSE("GPL");
KSPAN_IMPORT_NS();
