#include "base/digest.hpp"

#include <array>
#include <cstring>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/assert.hpp"

namespace chengge {

namespace {

const unsigned char* data_of(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Fetched once: looking an algorithm up by name costs more than hashing a case step.
const EVP_MD* sm3_method() {
    static const EVP_MD* method = EVP_MD_fetch(nullptr, "SM3", nullptr);
    ASSERT(method != nullptr);
    return method;
}

const EVP_MD* sha256_method() {
    static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    ASSERT(method != nullptr);
    return method;
}

std::string digest(const EVP_MD* method, std::string_view bytes) {
    struct Context {
        EVP_MD_CTX* handle = EVP_MD_CTX_new();
        ~Context() { EVP_MD_CTX_free(handle); }
    };
    thread_local Context context;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    ASSERT(EVP_DigestInit_ex(context.handle, method, nullptr) == 1);
    ASSERT(EVP_DigestUpdate(context.handle, bytes.data(), bytes.size()) == 1);
    ASSERT(EVP_DigestFinal_ex(context.handle, out, &length) == 1);
    return {reinterpret_cast<char*>(out), length};
}

std::string hmac(const EVP_MD* method, std::string_view key, std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    ASSERT(HMAC(method, key.data(), static_cast<int>(key.size()), data_of(bytes), bytes.size(), out, &length) != nullptr);
    return {reinterpret_cast<char*>(out), length};
}

} // namespace

std::string sm3(std::string_view bytes) { return digest(sm3_method(), bytes); }
std::string sha256(std::string_view bytes) { return digest(sha256_method(), bytes); }

std::string hmac_sm3(std::string_view key, std::string_view bytes) { return hmac(sm3_method(), key, bytes); }
std::string hmac_sha256(std::string_view key, std::string_view bytes) { return hmac(sha256_method(), key, bytes); }

Sm3::Sm3() : context_(EVP_MD_CTX_new()) {
    ASSERT(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), sm3_method(), nullptr) == 1);
}

Sm3::~Sm3() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sm3::update(std::string_view bytes) {
    ASSERT(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size()) == 1);
}

std::string Sm3::finish() {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    ASSERT(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out, &length) == 1);
    return {reinterpret_cast<char*>(out), length};
}

std::string sm4_ctr(std::string_view key, std::string_view nonce, std::string_view bytes) {
    ASSERT(key.size() == 16 && nonce.size() == 16);
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    std::string out(bytes.size(), '\0');
    int length = 0;
    const bool done = EVP_EncryptInit_ex(context, EVP_sm4_ctr(), nullptr, data_of(key), data_of(nonce)) == 1 &&
                      EVP_EncryptUpdate(context, reinterpret_cast<unsigned char*>(out.data()), &length,
                                        data_of(bytes), static_cast<int>(bytes.size())) == 1;
    EVP_CIPHER_CTX_free(context);
    ASSERT(done && static_cast<std::size_t>(length) == bytes.size());
    return out;
}

namespace {

void draw(char* into, std::size_t count) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(into), static_cast<int>(count)) != 1) throw std::runtime_error("the system has no randomness to give");
}

} // namespace

// A draw costs the same for one byte and for some hundreds: a salt cost a report as much as sealing it. Each thread keeps a few, and
// wipes what it has handed out.
std::string random_bytes(std::size_t count) {
    thread_local std::array<char, 512> drawn;
    thread_local std::size_t left = 0;
    std::string out(count, '\0');
    if (count > drawn.size() / 8) {
        draw(out.data(), count);
        return out;
    }
    if (left < count) {
        draw(drawn.data(), drawn.size());
        left = drawn.size();
    }
    left -= count;
    std::memcpy(out.data(), drawn.data() + left, count);
    OPENSSL_cleanse(drawn.data() + left, count);
    return out;
}

bool equal_secret(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const unsigned char byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string from_hex(std::string_view text) {
    const auto value = [](char digit) {
        if (digit >= '0' && digit <= '9') return digit - '0';
        if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
        if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return {};
    std::string bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = value(text[i]);
        const int low = value(text[i + 1]);
        if (high < 0 || low < 0) return {};
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

std::string to_base64url(std::string_view bytes) {
    static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    std::size_t i = 0;
    for (; i + 2 < bytes.size(); i += 3) {
        const unsigned value = static_cast<unsigned char>(bytes[i]) << 16 |
                               static_cast<unsigned char>(bytes[i + 1]) << 8 |
                               static_cast<unsigned char>(bytes[i + 2]);
        for (int shift = 18; shift >= 0; shift -= 6) text += digits[value >> shift & 63];
    }
    if (i < bytes.size()) {
        unsigned value = static_cast<unsigned char>(bytes[i]) << 16;
        if (i + 1 < bytes.size()) value |= static_cast<unsigned char>(bytes[i + 1]) << 8;
        text += digits[value >> 18 & 63];
        text += digits[value >> 12 & 63];
        if (i + 1 < bytes.size()) text += digits[value >> 6 & 63];
    }
    return text;
}

std::string from_base64url(std::string_view text) {
    std::string bytes;
    unsigned value = 0;
    int bits = 0;
    for (const char letter : text) {
        int digit = -1;
        if (letter >= 'A' && letter <= 'Z') digit = letter - 'A';
        if (letter >= 'a' && letter <= 'z') digit = letter - 'a' + 26;
        if (letter >= '0' && letter <= '9') digit = letter - '0' + 52;
        if (letter == '-') digit = 62;
        if (letter == '_') digit = 63;
        if (digit < 0) return {};
        value = (value << 6 | static_cast<unsigned>(digit)) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(value >> bits & 255);
        }
    }
    return bytes;
}

} // namespace chengge
