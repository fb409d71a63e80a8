// Links by which people whose accounts were made for them choose their password.
#include "base/digest.hpp"
#include "identity/queries.hpp"
#include "identity/state.hpp"

namespace chengge::identity {

std::string add_password_link(storage::Transaction& transaction, std::int64_t person_key,
                              std::int64_t now_ms) {
    auto secret = to_base64url(random_bytes(32));
    transaction.run(sql::end_password_links, {{"person_key", person_key}});
    transaction.run(sql::add_password_link, {{"secret_sha256", storage::Blob{sha256(secret)}},
                                             {"person_key", person_key},
                                             {"now_ms", now_ms},
                                             {"expires_ms", now_ms + password_link_ms}});
    return secret;
}

Result<void> IdentityService::State::take_password_link(const std::string& secret,
                                                        const std::string& password,
                                                        const std::string& remote_address) {
    const auto now_ms = clock.now_ms();
    const storage::Params link{{"secret_sha256", storage::Blob{sha256(secret)}},
                               {"now_ms", now_ms}};
    // Whether the link is good comes first: digests are not computed for strangers.
    const auto found = database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::find_password_link, link);
    });
    if (found.empty()) return fail("password_link_unknown");
    const auto person_key = found[0].integer("person_key");
    TRY(check_password(password, found[0].text("login")));
    TRY_ASSIGN(hash, passwords.make_hash(password));
    return write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        if (transaction.run(sql::use_password_link, link).affected != 1)
            return fail("password_link_unknown");
        transaction.run(sql::set_password, {{"person_key", person_key},
                                            {"password_hash", hash},
                                            {"must_change_password", false},
                                            {"now_ms", now_ms}});
        transaction.run(sql::remove_attempts_of_person, {{"person_key", person_key}});
        log_access(transaction, {.person_key = person_key,
                                 .act = "password_chosen",
                                 .subject = "",
                                 .remote_address = remote_address});
        return {};
    });
}

} // namespace chengge::identity
