// Inside of identity: passwords (argon2id by libsodium) and what a password must not be.
#pragma once

#include <optional>
#include <semaphore>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chengge::identity {

class Passwords {
public:
    Passwords();
    // The digest that unknown names are compared with, for the test of its parameters.
    static std::string_view nobodys_digest();
    // Refusal server_busy when too many are being computed: each takes 64 MB.
    Result<std::string> make_hash(std::string_view password);
    // Without a hash it computes as long as with one, and answers no.
    Result<bool> fits(const std::optional<std::string>& hash, std::string_view password);

private:
    std::counting_semaphore<2> places_{2};
};

// Refusals: password_too_short, password_too_long, password_is_login, password_too_common.
Result<void> check_password(std::string_view password, std::string_view login);
// For reading aloud: 12 letters and digits without look-alikes.
std::string make_first_password();

// Lower case, without blanks around; refusal login_invalid: 2…64 of a–z, 0–9, . _ - @.
Result<std::string> normal_login(std::string_view login);
// Digits only, without 86 in front; refusal phone_invalid.
Result<std::string> normal_phone(std::string_view phone);

} // namespace chengge::identity
