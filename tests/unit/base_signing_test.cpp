// Signatures over OpenSSL, held against the example of the standard; and the short way through NFC.
#include "base/signing.hpp"

#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace base_signing_test {

using namespace chengge;

TEST(Signing, VerifiesTheExampleOfTheStandard) {
    // GB/T 32918.5-2017, annex A.2, with r and s as DER.
    const PublicKey key{"sm2", from_hex("3059301306072a8648ce3d020106082a811ccf5501822d03420004"
                                        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                                        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")};
    const auto signature = from_hex("3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
                                    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
    EXPECT_TRUE(is_signed_by(key, "message digest", signature));
    EXPECT_FALSE(is_signed_by(key, "message digesu", signature));
    EXPECT_FALSE(is_signed_by({"ed25519", key.der}, "message digest", signature));
}

TEST(Signing, EachAlgorithmSignsAndOthersKeysRefuse) {
    for (const std::string algorithm : {"sm2", "ed25519"}) {
        const auto pair = make_key_pair(algorithm);
        ASSERT_TRUE(pair);
        const auto again = read_private_key(pair->private_pem);
        ASSERT_TRUE(again);
        EXPECT_EQ(again->public_key.der, pair->public_key.der);
        EXPECT_EQ(again->public_key.algorithm, algorithm);
        for (const auto& text : {public_pem(pair->public_key), pair->public_key.der}) {
            const auto key = read_public_key(text);
            ASSERT_TRUE(key);
            EXPECT_EQ(key->der, pair->public_key.der);
        }
        auto signature = sign_bytes(*again, "bytes");
        EXPECT_TRUE(is_signed_by(pair->public_key, "bytes", signature));
        EXPECT_FALSE(is_signed_by(pair->public_key, "byte", signature));
        EXPECT_FALSE(is_signed_by(make_key_pair(algorithm)->public_key, "bytes", signature));
        signature[signature.size() / 2] ^= 1;
        EXPECT_FALSE(is_signed_by(pair->public_key, "bytes", signature));
        EXPECT_FALSE(is_signed_by(pair->public_key, "bytes", ""));
    }
    EXPECT_EQ(make_key_pair("rsa").error().code, "algorithm_unknown");
    EXPECT_EQ(read_private_key("no key").error().code, "key_unreadable");
    EXPECT_EQ(read_public_key("no key").error().code, "key_unreadable");
    EXPECT_FALSE(is_signed_by({"sm2", "no key"}, "bytes", "signature"));
}

TEST(Text, WhatIsSurelyNfcIsNfc) {
    // A decomposed letter in front forces the long way.
    const std::string before = "e\xCC\x81", after = "\xC3\xA9";
    int sure = 0;
    for (char32_t point = 1; point < 0x30000; ++point) {
        if (point >= 0xd800 && point < 0xe000) continue;
        std::string text;
        append_utf8(text, point);
        if (!is_surely_nfc(text)) continue;
        ++sure;
        EXPECT_EQ(to_nfc(before + text + text), after + text + text) << std::hex << static_cast<unsigned>(point);
    }
    EXPECT_GT(sure, 20'000);
    EXPECT_TRUE(is_surely_nfc("路边有一堆垃圾，约 2 平方米（已拍照）。"));
    EXPECT_FALSE(is_surely_nfc("\xE8\xB7"));
    EXPECT_FALSE(is_surely_nfc(after));
}

} // namespace base_signing_test
