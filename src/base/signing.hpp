// Signatures over OpenSSL with the algorithm named beside them: "sm2" (GB/T 32918 with SM3 and the
// default identity 1234567812345678 of GM/T 0009) and "ed25519" (RFC 8032).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chengge {

struct PublicKey {
    std::string algorithm; // "sm2", "ed25519"
    std::string der;       // SubjectPublicKeyInfo
};

struct KeyPair {
    PublicKey public_key;
    std::string private_pem; // PKCS #8
};

// Refusal: algorithm_unknown.
Result<KeyPair> make_key_pair(std::string_view algorithm);
// The pair of a private key's PEM text; refusal: key_unreadable.
Result<KeyPair> read_private_key(std::string_view pem);
// A public key as PEM or DER; refusal: key_unreadable.
Result<PublicKey> read_public_key(std::string_view pem_or_der);
std::string public_pem(const PublicKey& key);
// The first 32 hex digits of SM3(der): how people, files and roots name the key.
std::string key_id_of(const PublicKey& key);

// DER of (r, s) for SM2, 64 bytes for Ed25519. Throws when the key cannot sign.
std::string sign_bytes(const KeyPair& key, std::string_view bytes);
// False for a wrong signature and for a key that is none.
bool is_signed_by(const PublicKey& key, std::string_view bytes, std::string_view signature);

} // namespace chengge
