#include "addresses/address_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace chengge::addresses {

namespace {

constexpr std::string_view kind_names[] = {"province", "city", "county", "town", "community", "street", "estate", "poi", "door", "building",
                                           "unit", "room", "crossing", "direction", "offset", "cell", "rest"};

bool is_han(char32_t one) { return (one >= 0x4E00 && one <= 0x9FFF) || (one >= 0x3400 && one <= 0x4DBF) || (one >= 0x20000 && one <= 0x2FA1F); }
bool is_digit(char32_t one) { return one >= '0' && one <= '9'; }

std::optional<int> numeral(char32_t one) {
    constexpr std::u32string_view numerals = U"零一二三四五六七八九";
    if (one == U'〇') return 0;
    if (one == U'两') return 2;
    const auto at = numerals.find(one);
    return at == std::u32string_view::npos ? std::nullopt : std::optional(static_cast<int>(at));
}

// 十二 → 12, 一百零五 → 105, 二〇一 → 201; nothing when it is not a number.
std::optional<int> read_numerals(std::u32string_view text) {
    const bool has_steps = text.find_first_of(U"十百千") != std::u32string_view::npos;
    int sum = 0, digit = -1;
    for (const auto one : text) {
        if (const auto value = numeral(one)) {
            if (!has_steps) sum = sum * 10 + *value;
            else digit = *value;
            continue;
        }
        const int step = one == U'十' ? 10 : one == U'百' ? 100 : one == U'千' ? 1000 : 0;
        if (step == 0) return std::nullopt;
        sum += (digit < 0 ? 1 : digit) * step;
        digit = -1;
    }
    return has_steps ? sum + std::max(digit, 0) : sum;
}

bool is_numeral(char32_t one) { return numeral(one) || one == U'十' || one == U'百' || one == U'千'; }

// Words behind a number that make it a number of an address.
constexpr std::u32string_view counted[] = {U"号楼", U"号院", U"单元", U"号", U"栋", U"幢", U"座", U"室", U"房", U"楼", U"层", U"弄", U"米"};

bool is_counted(std::u32string_view text) {
    return std::ranges::any_of(counted, [&](auto word) { return text.starts_with(word); });
}

constexpr std::u32string_view dropped = U" \t\r\n,，、;；:：.。()（）[]【】「」\"'“”‘’·—_/\\|";

char32_t to_half_width(char32_t one) {
    if (one >= 0xFF01 && one <= 0xFF5E) one -= 0xFEE0;
    if (one == 0x3000) one = ' ';
    if (one >= 'a' && one <= 'z') one -= 32;
    return one;
}

std::string to_text(std::u32string_view points) {
    std::string text;
    for (const auto one : points) append_utf8(text, one);
    return text;
}

std::u32string to_points(std::string_view text) {
    const auto points = to_code_points(text);
    return {points.begin(), points.end()};
}

struct Suffix {
    std::u32string_view word;
    ElementKind kind;
    std::u32string_view not_before = U""; // not when one of these follows
};

// Longer before shorter, so that 街道 is no street.
constexpr Suffix suffixes[] = {{U"自治区", ElementKind::province}, {U"省", ElementKind::province}, {U"社区", ElementKind::community}, {U"居委会", ElementKind::community},
                               {U"村委会", ElementKind::community}, {U"街道", ElementKind::town}, {U"小区", ElementKind::estate}, {U"花园", ElementKind::estate},
                               {U"新村", ElementKind::estate}, {U"家园", ElementKind::estate}, {U"公寓", ElementKind::estate}, {U"大道", ElementKind::street},
                               {U"公路", ElementKind::street}, {U"胡同", ElementKind::street}, {U"苑", ElementKind::estate}, {U"市", ElementKind::city, U"场政民区"},
                               {U"县", ElementKind::county}, {U"区", ElementKind::county, U"域间段"}, {U"镇", ElementKind::town}, {U"乡", ElementKind::town, U"村"},
                               {U"路", ElementKind::street, U"灯口边面"}, {U"街", ElementKind::street, U"道口边头"}, {U"巷", ElementKind::street, U"口"}, {U"里", ElementKind::street},
                               {U"村", ElementKind::community, U"口"}};

constexpr std::u32string_view directions[] = {U"十字路口", U"东南侧", U"东北侧", U"西南侧", U"西北侧", U"东南角", U"东北角", U"西南角", U"西北角", U"东侧", U"西侧", U"南侧", U"北侧",
                                              U"东面", U"西面", U"南面", U"北面", U"东边", U"西边", U"南边", U"北边", U"对面", U"斜对面", U"旁边", U"附近", U"门口", U"门前",
                                              U"路口", U"路段", U"后面", U"前面", U"里面", U"旁", U"处", U"内", U"外", U"侧"};
constexpr std::u32string_view crossings[] = {U"交叉口", U"交汇处", U"交界处", U"交叉路口", U"路口"};
constexpr std::u32string_view joints[] = {U"与", U"和", U"的", U"在", U"至", U"到"};

class Parser {
public:
    Parser(std::u32string text, const Gazetteer& gazetteer) : text_(std::move(text)), gazetteer_(gazetteer) {}

    std::vector<Element> run() {
        while (at_ < text_.size()) {
            if (take_known() || take_cell() || take_number() || take_offset() || take_word() || take_suffixed()) continue;
            loose_ += text_[at_++];
        }
        end_loose();
        return std::move(elements_);
    }

private:
    std::u32string_view rest() const { return std::u32string_view(text_).substr(at_); }

    void add(ElementKind kind, std::size_t length, bool is_known = false) {
        end_loose();
        elements_.push_back({kind, to_text(rest().substr(0, length)), is_known});
        at_ += length;
    }

    // What stands between known things: a name that the city does not have, most likely of a place.
    void end_loose() {
        if (loose_.empty()) return;
        elements_.push_back({ElementKind::rest, to_text(loose_), false});
        loose_.clear();
    }

    bool take_known() {
        const auto found = gazetteer_.find(to_text(rest().substr(0, 40)));
        if (found.length == 0) return false;
        const auto known = to_points(to_text(rest().substr(0, 40)).substr(0, found.length));
        add(found.kind, known.size(), true);
        return true;
    }

    bool take_cell() {
        std::size_t digits = 0;
        while (digits < rest().size() && is_digit(rest()[digits])) ++digits;
        if (digits != 15) return false;
        add(ElementKind::cell, digits);
        return true;
    }

    bool take_number() {
        std::size_t length = 0;
        while (length < rest().size() && (is_digit(rest()[length]) || (length > 0 && rest()[length] == '-'))) ++length;
        // A letter may name a building: A栋.
        if (length == 0 && rest()[0] >= 'A' && rest()[0] <= 'Z') length = 1;
        if (length == 0) return false;
        const auto behind = rest().substr(length);
        constexpr std::pair<std::u32string_view, ElementKind> words[] = {{U"号楼", ElementKind::building}, {U"号院", ElementKind::door}, {U"号", ElementKind::door}, {U"栋", ElementKind::building},
                                                                        {U"幢", ElementKind::building}, {U"座", ElementKind::building}, {U"单元", ElementKind::unit}, {U"室", ElementKind::room},
                                                                        {U"房", ElementKind::room}, {U"层", ElementKind::room}, {U"楼", ElementKind::room}, {U"弄", ElementKind::street}};
        for (const auto& [word, kind] : words)
            if (behind.starts_with(word) && (is_digit(rest()[0]) || kind == ElementKind::building)) {
                add(kind, length + word.size());
                return true;
            }
        return false;
    }

    // 南50米, 东侧约30米
    bool take_offset() {
        std::size_t length = 0;
        while (length < 4 && length < rest().size() && std::u32string_view(U"东南西北侧约向往").find(rest()[length]) != std::u32string_view::npos) ++length;
        const auto first_digit = length;
        while (length < rest().size() && is_digit(rest()[length])) ++length;
        if (length == first_digit || !rest().substr(length).starts_with(U"米")) return false;
        add(ElementKind::offset, length + 1);
        return true;
    }

    bool take_word() {
        const bool has_street = std::ranges::any_of(elements_, [](const auto& element) { return element.kind == ElementKind::street; });
        for (const auto word : crossings)
            if (rest().starts_with(word) && has_street) return add(ElementKind::crossing, word.size()), true;
        const bool has_place = !elements_.empty();
        for (const auto word : directions)
            if (rest().starts_with(word) && has_place && loose_.empty()) return add(ElementKind::direction, word.size()), true;
        for (const auto word : joints)
            if (rest().starts_with(word) && has_place && loose_.empty()) return at_ += word.size(), true;
        return false;
    }

    // An unknown name ends with a word that says what it is: 2 to 8 characters in all.
    bool take_suffixed() {
        if (!loose_.empty()) return false;
        for (std::size_t length = 1; length < std::min<std::size_t>(rest().size(), 8); ++length) {
            if (!is_han(rest()[length - 1])) return false;
            for (const auto& suffix : suffixes) {
                if (!rest().substr(length).starts_with(suffix.word)) continue;
                const auto behind = rest().substr(length + suffix.word.size());
                if (!behind.empty() && suffix.not_before.find(behind.front()) != std::u32string_view::npos) continue;
                add(suffix.kind, length + suffix.word.size());
                return true;
            }
        }
        return false;
    }

    std::u32string text_;
    const Gazetteer& gazetteer_;
    std::size_t at_ = 0;
    std::u32string loose_;
    std::vector<Element> elements_;
};

// The key of a name in the table of lengths: its first two characters.
std::string_view beginning_of(std::string_view text) { return take_characters(text, 2); }

} // namespace

std::string_view name_of(ElementKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::string normalise(std::string_view text) {
    std::u32string kept;
    for (const auto raw : to_code_points(to_nfc(text))) {
        const auto one = to_half_width(raw);
        if (one == '#') kept += U'号';
        else if (dropped.find(one) == std::u32string_view::npos && one >= 0x20) kept += one;
    }
    std::u32string out;
    for (std::size_t i = 0; i < kept.size();) {
        auto end = i;
        while (end < kept.size() && is_numeral(kept[end])) ++end;
        const auto number = end > i && is_counted(std::u32string_view(kept).substr(end)) ? read_numerals(std::u32string_view(kept).substr(i, end - i)) : std::nullopt;
        if (!number) {
            out += kept[i++];
            continue;
        }
        for (const char digit : std::to_string(*number)) out += static_cast<char32_t>(digit);
        i = end;
    }
    return to_text(out);
}

void Gazetteer::add(std::string_view name, ElementKind kind) {
    const auto keep = [&](const std::string& one) {
        if (count_characters(one) < 2 || !names_.emplace(one, kind).second) return;
        auto& lengths = lengths_[std::string(beginning_of(one))];
        const auto length = static_cast<std::uint16_t>(one.size());
        const auto place = std::ranges::lower_bound(lengths, length, std::greater<>());
        if (place == lengths.end() || *place != length) lengths.insert(place, length);
    };
    const auto whole = normalise(name);
    keep(whole);
    if (kind > ElementKind::community) return;
    for (const std::string_view word : {"街道", "社区", "区", "镇", "村", "市", "省", "县"})
        if (whole.ends_with(word)) return keep(whole.substr(0, whole.size() - word.size()));
}

Gazetteer::Found Gazetteer::find(std::string_view text) const {
    const auto lengths = lengths_.find(std::string(beginning_of(text)));
    if (lengths == lengths_.end()) return {};
    for (const auto length : lengths->second) {
        if (length > text.size()) continue;
        if (const auto found = names_.find(std::string(text.substr(0, length))); found != names_.end()) return {length, found->second};
    }
    return {};
}

std::vector<Element> parse(std::string_view text, const Gazetteer& gazetteer) { return Parser(to_points(normalise(text)), gazetteer).run(); }

} // namespace chengge::addresses
