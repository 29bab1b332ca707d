// SPDX-License-Identifier: GPL-2.0
/*
 * kspan_hardware: a driver's use of kmalloc(), built with slab_override.h. Objects are mapped for
 * DMA, looked up by page, and hashed, encrypted and authenticated in scatterlists. So are requests,
 * keys and initialization vectors such objects. Loading fails if anything is wrong.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include "../contiguous.h"

#define KEY_BYTES	16
#define IV_BYTES	16
#define DIGEST_BYTES	32
#define ASSOC_BYTES	16
#define TAG_BYTES	16

static char *aead_name;
module_param_named(aead, aead_name, charp, 0);
MODULE_PARM_DESC(aead, "an authenticating cipher to try as well, with a nonce of 12 bytes");

/* Each machine page of an object is the one behind the page before it. */
static void look_up(u8 *p, size_t size)
{
	struct page *first = virt_to_page(p);
	size_t at;

	CHECK(virt_addr_valid(p) && !is_vmalloc_addr(p));
	CHECK(page_address(first) + offset_in_page(p) == p);
	for (at = 0; at < size; at += PAGE_SIZE)
		CHECK(page_to_pfn(virt_to_page(p + at)) == page_to_pfn(first) + at / PAGE_SIZE);
}

static void hash(struct crypto_ahash *tfm, struct scatterlist *sg, size_t size, u8 *digest)
{
	struct ahash_request *req = ahash_request_alloc(tfm, GFP_KERNEL);
	DECLARE_CRYPTO_WAIT(wait);

	CHECK(req);
	if (!req)
		return;
	ahash_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done, &wait);
	ahash_request_set_crypt(req, sg, digest, size);
	CHECK(!crypto_wait_req(crypto_ahash_digest(req), &wait));
	ahash_request_free(req);
}

static void try_hash(u8 *p, size_t size)
{
	struct crypto_ahash *tfm = crypto_alloc_ahash("sha256", 0, 0);
	u8 *one = kzalloc(DIGEST_BYTES, GFP_KERNEL), *two = kzalloc(DIGEST_BYTES, GFP_KERNEL);
	struct scatterlist *sg = kmalloc_array(2, sizeof(*sg), GFP_KERNEL);

	CHECK(!IS_ERR(tfm) && one && two && sg);
	if (!IS_ERR(tfm) && one && two && sg) {
		sg_init_one(sg, p, size);
		hash(tfm, sg, size, one);
		sg_init_table(sg, 2);
		sg_set_buf(&sg[0], p, size / 2);
		sg_set_buf(&sg[1], p + size / 2, size - size / 2);
		hash(tfm, sg, size, two);
		CHECK(!memcmp(one, two, DIGEST_BYTES) && memchr_inv(one, 0, DIGEST_BYTES));
	}
	kfree(sg);
	kfree(two);
	kfree(one);
	if (!IS_ERR(tfm))
		crypto_free_ahash(tfm);
}

static void crypt(struct crypto_skcipher *tfm, u8 *p, size_t size, bool encrypt)
{
	struct skcipher_request *req = skcipher_request_alloc(tfm, GFP_KERNEL);
	u8 *iv = kzalloc(IV_BYTES, GFP_KERNEL);
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;

	CHECK(req && iv);
	if (req && iv) {
		sg_init_one(&sg, p, size);
		skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done,
					      &wait);
		skcipher_request_set_crypt(req, &sg, &sg, size, iv);
		CHECK(!crypto_wait_req(encrypt ? crypto_skcipher_encrypt(req) :
						 crypto_skcipher_decrypt(req), &wait));
	}
	kfree(iv);
	skcipher_request_free(req);
}

static void try_cipher(u8 *p, size_t size, const u8 *key)
{
	struct crypto_skcipher *tfm = crypto_alloc_skcipher("cbc(aes)", 0, 0);

	CHECK(!IS_ERR(tfm) && !crypto_skcipher_setkey(tfm, key, KEY_BYTES));
	if (IS_ERR(tfm))
		return;
	crypt(tfm, p, size, true);
	CHECK(!is_filled(p, size));
	crypt(tfm, p, size, false);
	CHECK(is_filled(p, size));
	crypto_free_skcipher(tfm);
}

/* @p: associated data, then the text, then room for the tag. Return: as crypto_aead_*crypt(). */
static int seal(struct crypto_aead *tfm, u8 *p, size_t text, bool encrypt)
{
	struct aead_request *req = aead_request_alloc(tfm, GFP_KERNEL);
	u8 *iv = kzalloc(IV_BYTES, GFP_KERNEL);
	DECLARE_CRYPTO_WAIT(wait);
	struct scatterlist sg;
	int err = -ENOMEM;

	if (req && iv) {
		sg_init_one(&sg, p, ASSOC_BYTES + text + TAG_BYTES);
		aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_BACKLOG, crypto_req_done, &wait);
		aead_request_set_ad(req, ASSOC_BYTES);
		aead_request_set_crypt(req, &sg, &sg, text + (encrypt ? 0 : TAG_BYTES), iv);
		err = crypto_wait_req(encrypt ? crypto_aead_encrypt(req) :
						crypto_aead_decrypt(req), &wait);
	}
	kfree(iv);
	if (req)
		aead_request_free(req);
	return err;
}

static void try_aead(size_t text, const u8 *key)
{
	u8 *p = kzalloc(ASSOC_BYTES + text + TAG_BYTES, GFP_KERNEL);
	struct crypto_aead *tfm = crypto_alloc_aead(aead_name, 0, 0);

	CHECK(p && !IS_ERR(tfm));
	if (p && !IS_ERR(tfm)) {
		CHECK(!crypto_aead_setkey(tfm, key, KEY_BYTES));
		fill(p + ASSOC_BYTES, text);
		CHECK(!seal(tfm, p, text, true));
		CHECK(!is_filled(p + ASSOC_BYTES, text));
		CHECK(!seal(tfm, p, text, false));
		CHECK(is_filled(p + ASSOC_BYTES, text));
		CHECK(!seal(tfm, p, text, true));
		p[0]++;
		CHECK(seal(tfm, p, text, false) == -EBADMSG);
	}
	if (!IS_ERR(tfm))
		crypto_free_aead(tfm);
	kfree(p);
}

static void use(struct device *dev, size_t size, const u8 *key)
{
	u8 *p = kmalloc(size, GFP_KERNEL);

	CHECK(p);
	if (!p)
		return;
	fill(p, size);
	look_up(p, size);
	map(dev, p, size);
	try_hash(p, size);
	try_cipher(p, size, key);
	if (aead_name)
		try_aead(size, key);
	kfree(p);
}

static int __init hardware_init(void)
{
	static const size_t sizes[] = { 64, 1024, 8192, 32768, 100000, SZ_1M };
	struct platform_device *pdev;
	unsigned int i;
	u8 *key;

	pdev = platform_device_register_simple(KBUILD_MODNAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	key = kzalloc(KEY_BYTES, GFP_KERNEL);
	CHECK(key && !dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64)));
	for (i = 0; key && i < ARRAY_SIZE(sizes); i++)
		use(&pdev->dev, sizes[i], key);
	kfree(key);
	platform_device_unregister(pdev);
	pr_info("%u checks, %u failed\n", checks, failures);
	return failures ? -EIO : 0;
}
module_init(hardware_init);

static void __exit hardware_exit(void)
{
}
module_exit(hardware_exit);

MODULE_DESCRIPTION("Gives memory of kmalloc() to DMA and to the crypto API");
MODULE_LICENSE("GPL");
