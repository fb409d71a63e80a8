// Personal data at rest and on screens: sealing, blind index, masks.
#include "base/assert.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "identity/identity_service.hpp"

namespace chengge::identity {

namespace {

constexpr std::size_t nonce_bytes = 16;
constexpr std::size_t tag_bytes = 16;

// One stored key serves two purposes; the derived ones differ.
std::string tag_of(const SecretKeys& keys, std::string_view nonce_and_text) {
    return hmac_sm3(hmac_sm3(keys.index, "seal"), nonce_and_text).substr(0, tag_bytes);
}

// The digit a character stands for, full-width ones too; -1 when it is none.
int digit_of(char32_t letter) {
    if (letter >= U'0' && letter <= U'9') return static_cast<int>(letter - U'0');
    if (letter >= U'０' && letter <= U'９') return static_cast<int>(letter - U'０');
    return -1;
}

bool is_separator(char32_t letter) {
    return letter == U' ' || letter == U'-' || letter == U'—' || letter == U'－' ||
           letter == U'.' || letter == U'　';
}

// The digits of a number, without the country's code.
std::string digits_of(std::string_view phone) {
    std::string digits;
    for (const char32_t letter : to_code_points(phone))
        if (const int digit = digit_of(letter); digit >= 0) digits += static_cast<char>('0' + digit);
    if (digits.size() == 13 && digits.starts_with("861")) digits.erase(0, 2);
    return digits;
}

struct PhoneMatch {
    std::string digits;
    std::size_t length = 0; // characters of the text it takes; 0 = none
};

// Reads groups of the given lengths, one separator allowed between two groups; ends where no
// further digit follows.
PhoneMatch match_groups(const std::vector<char32_t>& text, std::size_t at,
                        std::initializer_list<int> groups) {
    PhoneMatch match;
    std::size_t here = at;
    bool is_first = true;
    for (const int length : groups) {
        if (!is_first && here < text.size() && is_separator(text[here])) ++here;
        is_first = false;
        for (int i = 0; i < length; ++i, ++here) {
            if (here >= text.size() || digit_of(text[here]) < 0) return {};
            match.digits += static_cast<char>('0' + digit_of(text[here]));
        }
    }
    if (here < text.size() && digit_of(text[here]) >= 0) return {};
    match.length = here - at;
    return match;
}

// Mobile numbers (1[3-9]…, also behind 86) and land lines (0 + area code + 7 or 8 digits).
PhoneMatch match_phone(const std::vector<char32_t>& text, std::size_t at) {
    const auto is_mobile = [](const PhoneMatch& match) {
        return match.length > 0 && match.digits[0] == '1' && match.digits[1] >= '3';
    };
    if (auto match = match_groups(text, at, {3, 4, 4}); is_mobile(match)) return match;
    if (auto match = match_groups(text, at, {2, 3, 4, 4}); match.digits.starts_with("86")) {
        match.digits.erase(0, 2);
        if (is_mobile(match)) return match;
    }
    for (const auto groups : {std::initializer_list<int>{4, 7}, {4, 8}, {3, 8}}) {
        auto match = match_groups(text, at, groups);
        if (match.digits.starts_with('0') && match.length > 0 && match.digits[1] != '0')
            return match;
    }
    return {};
}

} // namespace

std::string seal(const SecretKeys& keys, std::string_view plain) {
    ASSERT(keys.encryption.size() == 16 && keys.index.size() == 32);
    auto sealed = random_bytes(nonce_bytes);
    sealed += sm4_ctr(keys.encryption, sealed, plain);
    return sealed + tag_of(keys, sealed);
}

std::optional<std::string> unseal(const SecretKeys& keys, std::string_view sealed) {
    if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
    const auto content = sealed.substr(0, sealed.size() - tag_bytes);
    if (!equal_secret(tag_of(keys, content), sealed.substr(content.size()))) return std::nullopt;
    return sm4_ctr(keys.encryption, content.substr(0, nonce_bytes), content.substr(nonce_bytes));
}

std::string blind_index(const SecretKeys& keys, std::string_view plain) {
    return hmac_sm3(hmac_sm3(keys.index, "index"), plain);
}

std::string phone_index(const SecretKeys& keys, std::string_view phone) {
    const auto digits = digits_of(phone);
    return blind_index(keys, digits.empty() ? std::string(phone) : digits);
}

std::string mask_phone(std::string_view phone) {
    const auto digits = digits_of(phone);
    if (digits.empty()) return "";
    if (digits.size() < 9) return "****";
    return digits.substr(0, 3) + " **** " + digits.substr(digits.size() - 4);
}

std::string mask_phones_in(std::string_view sentence) {
    const auto text = to_code_points(sentence);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const bool begins = digit_of(text[at]) >= 0 && (at == 0 || digit_of(text[at - 1]) < 0);
        const auto match = begins ? match_phone(text, at) : PhoneMatch{};
        if (match.length > 0) {
            out += mask_phone(match.digits);
            at += match.length;
        } else {
            append_utf8(out, text[at++]);
        }
    }
    return out;
}

} // namespace chengge::identity
