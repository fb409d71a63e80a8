// Digests, encryption and secrets over OpenSSL: SM3, SHA-256, HMAC, SM4-CTR (GB/T 32905, 32907).
#pragma once

#include <string>
#include <string_view>

namespace chengge {

// Raw 32-byte digests.
std::string sm3(std::string_view bytes);
std::string sha256(std::string_view bytes);
std::string hmac_sm3(std::string_view key, std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// An SM3 that is fed in pieces.
class Sm3 {
public:
    Sm3();
    ~Sm3();
    Sm3(const Sm3&) = delete;
    Sm3& operator=(const Sm3&) = delete;
    void update(std::string_view bytes);
    std::string finish();

private:
    void* context_;
};

// SM4-CTR: encryption and decryption are the same act. key and nonce are 16 bytes.
std::string sm4_ctr(std::string_view key, std::string_view nonce, std::string_view bytes);

// Cryptographic randomness of the system.
std::string random_bytes(std::size_t count);
// Compares without telling by its duration where the first difference is.
bool equal_secret(std::string_view a, std::string_view b);

std::string to_hex(std::string_view bytes); // lower case
// Empty on a digit that is none or an odd length.
std::string from_hex(std::string_view text);
// URL-safe, without padding.
std::string to_base64url(std::string_view bytes);
// Empty on a letter that is none of the alphabet.
std::string from_base64url(std::string_view text);

} // namespace chengge
