#include "base/signing.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/assert.hpp"
#include "base/digest.hpp"

namespace chengge {

namespace {

// GM/T 0009: the identity that enters SM2's digest when the parties agreed on no other.
constexpr std::string_view sm2_identity = "1234567812345678";

template <auto Free>
struct Freed {
    template <class T>
    void operator()(T* handle) const {
        Free(handle);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;

// A digest context whose key context carries SM2's identity.
struct SignContext {
    EVP_MD_CTX* digest = EVP_MD_CTX_new();
    KeyContext key;
    SignContext(EVP_PKEY* pkey, std::string_view algorithm) : key(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr)) {
        ASSERT(digest != nullptr && key != nullptr);
        if (algorithm == "sm2")
            ASSERT(EVP_PKEY_CTX_set1_id(key.get(), sm2_identity.data(), static_cast<int>(sm2_identity.size())) == 1);
        EVP_MD_CTX_set_pkey_ctx(digest, key.get());
    }
    ~SignContext() { EVP_MD_CTX_free(digest); }
    SignContext(const SignContext&) = delete;
    SignContext& operator=(const SignContext&) = delete;
};

const EVP_MD* digest_of(std::string_view algorithm) { return algorithm == "sm2" ? EVP_sm3() : nullptr; }

const unsigned char* octets_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

Bio memory_of(std::string_view bytes) { return Bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()))); }

std::string content_of(BIO* memory) {
    char* data = nullptr;
    const auto length = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(length)};
}

// Empty for a kind of key that this program does not sign with.
std::string algorithm_of(const EVP_PKEY* key) {
    if (EVP_PKEY_is_a(key, "SM2") == 1) return "sm2";
    if (EVP_PKEY_is_a(key, "ED25519") == 1) return "ed25519";
    return "";
}

std::string der_of(EVP_PKEY* key) {
    unsigned char* out = nullptr;
    const int length = i2d_PUBKEY(key, &out);
    if (length <= 0) throw std::runtime_error("a public key cannot be written");
    std::string der(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
    OPENSSL_free(out);
    return der;
}

Key key_of_der(std::string_view der) {
    const auto* at = octets_of(der);
    Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    ERR_clear_error();
    return key;
}

std::string private_pem_of(EVP_PKEY* key) {
    const Bio memory(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
        throw std::runtime_error("a private key cannot be written");
    return content_of(memory.get());
}

} // namespace

Result<KeyPair> make_key_pair(std::string_view algorithm) {
    if (algorithm != "sm2" && algorithm != "ed25519")
        return fail("algorithm_unknown", {{"algorithm", std::string(algorithm)}});
    const char* kind = algorithm == "sm2" ? "SM2" : "ED25519";
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, kind));
    if (!key) throw std::runtime_error(std::string("OpenSSL makes no key of the kind ") + kind);
    return KeyPair{{std::string(algorithm), der_of(key.get())}, private_pem_of(key.get())};
}

Result<KeyPair> read_private_key(std::string_view pem) {
    const auto memory = memory_of(pem);
    const Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
    ERR_clear_error();
    if (!key) return fail("key_unreadable");
    auto algorithm = algorithm_of(key.get());
    if (algorithm.empty()) return fail("key_unreadable");
    return KeyPair{{std::move(algorithm), der_of(key.get())}, std::string(pem)};
}

Result<PublicKey> read_public_key(std::string_view pem_or_der) {
    Key key;
    if (pem_or_der.find("-----BEGIN") != std::string_view::npos) {
        const auto memory = memory_of(pem_or_der);
        key.reset(PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr));
        ERR_clear_error();
    } else {
        key = key_of_der(pem_or_der);
    }
    if (!key) return fail("key_unreadable");
    auto algorithm = algorithm_of(key.get());
    if (algorithm.empty()) return fail("key_unreadable");
    return PublicKey{std::move(algorithm), der_of(key.get())};
}

std::string public_pem(const PublicKey& key) {
    const auto handle = key_of_der(key.der);
    ASSERT(handle != nullptr);
    const Bio memory(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PUBKEY(memory.get(), handle.get()) != 1) throw std::runtime_error("a public key cannot be written");
    return content_of(memory.get());
}

std::string key_id_of(const PublicKey& key) { return to_hex(sm3(key.der)).substr(0, 32); }

std::string sign_bytes(const KeyPair& pair, std::string_view bytes) {
    const auto memory = memory_of(pair.private_pem);
    const Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
    if (!key) throw std::runtime_error("the signing key cannot be read");
    const SignContext context(key.get(), pair.public_key.algorithm);
    std::size_t length = 0;
    std::string signature;
    const bool is_done =
        EVP_DigestSignInit(context.digest, nullptr, digest_of(pair.public_key.algorithm), nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.digest, nullptr, &length, octets_of(bytes), bytes.size()) == 1 &&
        (signature.resize(length),
         EVP_DigestSign(context.digest, reinterpret_cast<unsigned char*>(signature.data()), &length, octets_of(bytes),
                        bytes.size()) == 1);
    ERR_clear_error();
    if (!is_done) throw std::runtime_error("OpenSSL does not sign with " + pair.public_key.algorithm);
    signature.resize(length);
    return signature;
}

bool is_signed_by(const PublicKey& public_key, std::string_view bytes, std::string_view signature) {
    const auto key = key_of_der(public_key.der);
    // The algorithm is taken from the key, never from whoever claims one.
    if (!key || algorithm_of(key.get()) != public_key.algorithm) return false;
    const SignContext context(key.get(), public_key.algorithm);
    const bool is_right =
        EVP_DigestVerifyInit(context.digest, nullptr, digest_of(public_key.algorithm), nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.digest, octets_of(signature), signature.size(), octets_of(bytes), bytes.size()) == 1;
    ERR_clear_error();
    return is_right;
}

} // namespace chengge
