#include "identity/passwords.hpp"

#include <array>
#include <chrono>
#include <set>
#include <stdexcept>

#include <sodium.h>

#include "base/text.hpp"

namespace chengge::identity {

namespace {

// Long enough and tried first by everybody all the same.
constexpr std::array<std::string_view, 21> common{
    "1234567890",    "0123456789",   "0987654321",   "12345678910", "123456789a",
    "a123456789",    "password123",  "password1234", "qwertyuiop",  "qwerty12345",
    "1q2w3e4r5t",    "1qaz2wsx3edc", "abcdefghij",   "abcd123456",  "admin12345",
    "administrator", "woaini1314",   "woaini520520", "chengge2026", "chengge-demo", "chengge-demo-2026"};

// Of a password that was thrown away; with the parameters of hash_of, so that it takes as long.
constexpr const char* nobodys_hash =
    "$argon2id$v=19$m=65536,t=2,p=1$A+E3KVhGdAs9JFTSK5ENfQ$HHQ8JQux0SWq1KyYlepa6GWXt22oA5OJ5HN3pcakFjU";

std::string hash_of(std::string_view password) {
    char out[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(
            out, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0)
        throw std::runtime_error("no memory to compute a password's digest");
    return out;
}

// A place at the table, given back with the object.
class Place {
public:
    explicit Place(std::counting_semaphore<2>& places)
        : places_(places), is_taken_(places.try_acquire_for(std::chrono::seconds(3))) {}
    ~Place() {
        if (is_taken_) places_.release();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool is_taken() const { return is_taken_; }

private:
    std::counting_semaphore<2>& places_;
    bool is_taken_;
};

} // namespace

Passwords::Passwords() {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
}

std::string_view Passwords::nobodys_digest() { return nobodys_hash; }

Result<std::string> Passwords::make_hash(std::string_view password) {
    const Place place(places_);
    if (!place.is_taken()) return fail("server_busy");
    return hash_of(password);
}

Result<bool> Passwords::fits(const std::optional<std::string>& hash, std::string_view password) {
    const Place place(places_);
    if (!place.is_taken()) return fail("server_busy");
    const bool fits = crypto_pwhash_str_verify(hash ? hash->c_str() : nobodys_hash, password.data(),
                                               password.size()) == 0;
    return fits && hash.has_value();
}

Result<void> check_password(std::string_view password, std::string_view login) {
    if (count_characters(password) < 10) return fail("password_too_short");
    if (password.size() > 200) return fail("password_too_long");
    const auto lower = to_lower_ascii(password);
    if (!login.empty() && lower.find(to_lower_ascii(login)) != std::string::npos &&
        login.size() >= 4)
        return fail("password_is_login");
    if (lower == to_lower_ascii(login)) return fail("password_is_login");
    for (const auto word : common)
        if (lower == word) return fail("password_too_common");
    const auto letters = to_code_points(lower);
    if (std::set<char32_t>(letters.begin(), letters.end()).size() < 4)
        return fail("password_too_common");
    return {};
}

std::string make_first_password() {
    static constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyz23456789";
    std::string password;
    for (int i = 0; i < 12; ++i) password += letters[randombytes_uniform(letters.size())];
    return password;
}

Result<std::string> normal_login(std::string_view login) {
    const auto lower = to_lower_ascii(trim(login));
    if (lower.size() < 2 || lower.size() > 64 ||
        lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-@") != std::string::npos)
        return fail("login_invalid");
    return lower;
}

Result<std::string> normal_phone(std::string_view phone) {
    std::string digits;
    for (const char letter : phone) {
        if (letter >= '0' && letter <= '9') digits += letter;
        else if (letter != ' ' && letter != '-' && letter != '+') return fail("phone_invalid");
    }
    if (digits.size() == 13 && digits.starts_with("861")) digits.erase(0, 2);
    const bool is_mobile = digits.size() == 11 && digits[0] == '1' && digits[1] >= '3';
    const bool is_land_line = digits.size() >= 7 && digits.size() <= 12 && digits[0] != '1';
    if (!is_mobile && !is_land_line) return fail("phone_invalid");
    return digits;
}

} // namespace chengge::identity
