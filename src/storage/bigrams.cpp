#include "storage/bigrams.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace chengge::storage {

namespace {

bool is_word_letter(char32_t point) {
    return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z');
}

bool is_han(char32_t point) {
    return (point >= 0x3400 && point <= 0x9fff) || (point >= 0xf900 && point <= 0xfaff) || (point >= 0x20000 && point <= 0x3ffff);
}

// A token of only ASCII: tokenizers must not cut Han their own way.
std::string token_of(const std::vector<char32_t>& points) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string token;
    for (const auto point : points) {
        if (is_word_letter(point)) {
            token += static_cast<char>(point >= 'A' && point <= 'Z' ? point - 'A' + 'a' : point);
            continue;
        }
        token += 'h';
        bool is_started = false;
        for (int shift = 20; shift >= 0; shift -= 4) {
            const auto digit = point >> shift & 15;
            is_started = is_started || digit != 0;
            if (is_started) token += digits[digit];
        }
    }
    return token;
}

// An unbroken run: its tokens follow each other.
struct Run {
    std::vector<std::string> tokens;
    bool is_han = false, is_lone_han = false;
    bool is_attached = false; // to letters or digits
};

std::vector<Run> runs_of(std::string_view text) {
    std::vector<Run> runs;
    std::vector<char32_t> han, word;
    bool follows_word = false;
    const auto end_word = [&] {
        if (!word.empty()) runs.push_back({{token_of(word)}});
        word.clear();
    };
    const auto end_han = [&](bool is_before_word) {
        if (han.empty()) return;
        Run run{.tokens = {}, .is_han = true, .is_lone_han = han.size() == 1, .is_attached = follows_word || is_before_word};
        if (run.is_lone_han) run.tokens.push_back(token_of(han));
        for (std::size_t i = 0; i + 1 < han.size(); ++i) run.tokens.push_back(token_of({han[i], han[i + 1]}));
        runs.push_back(std::move(run));
        han.clear();
    };
    for (const auto point : to_code_points(text)) {
        if (is_han(point)) {
            if (han.empty()) follows_word = !word.empty();
            end_word();
            han.push_back(point);
        } else if (is_word_letter(point)) {
            end_han(true);
            word.push_back(point);
        } else {
            end_word();
            end_han(false);
        }
    }
    end_word();
    end_han(false);
    return runs;
}

// The words of a question. A lone Han letter stands inside pairs and may be the first of one; that of a number (11号) asks
// for nothing more beside a word of several.
std::vector<Run> words_of(std::string_view question) {
    auto words = runs_of(question);
    if (std::ranges::any_of(words, [](const Run& run) { return run.is_han && !run.is_lone_han; })) std::erase_if(words, [](const Run& run) { return run.is_lone_han && run.is_attached; });
    return words;
}

} // namespace

std::string to_bigrams(std::string_view text) {
    std::string out;
    for (const auto& run : runs_of(text))
        for (const auto& token : run.tokens) {
            if (!out.empty()) out += ' ';
            out += token;
        }
    return out;
}

std::string to_match(std::string_view question, Engine engine) {
    std::string match;
    for (const auto& word : words_of(question)) {
        std::string phrase;
        if (engine == Engine::sqlite) {
            phrase = "\"" + join(word.tokens, " ") + "\"" + (word.is_lone_han ? "*" : "");
        } else {
            phrase = "(" + join(word.tokens, " <-> ") + (word.is_lone_han ? ":*" : "") + ")";
        }
        if (!match.empty()) match += engine == Engine::sqlite ? " AND " : " & ";
        match += phrase;
    }
    return match;
}

std::vector<std::string> to_phrases(std::string_view question) {
    std::vector<std::string> phrases;
    for (const auto& word : words_of(question)) phrases.push_back(" " + join(word.tokens, " ") + (word.is_lone_han ? "" : " "));
    return phrases;
}

bool matches_text(std::string_view question, std::string_view text) {
    const auto kept = " " + to_bigrams(text) + " ";
    const auto phrases = to_phrases(question);
    return !phrases.empty() && std::ranges::all_of(phrases, [&](const auto& phrase) { return kept.find(phrase) != std::string::npos; });
}

} // namespace chengge::storage
