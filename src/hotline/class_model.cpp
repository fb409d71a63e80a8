#include "hotline/class_model.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <fasttext/fasttext.h>

#include "base/log.hpp"
#include "base/text.hpp"

namespace chengge::hotline {

namespace files = std::filesystem;

namespace {

constexpr std::string_view label_mark = "__label__";
constexpr int times_max = 6; // of one text: what is said often is likelier, up to here

bool is_word_letter(char32_t point) { return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z'); }
bool is_han(char32_t point) { return point >= 0x3400 && point <= 0x9fff; }

// Characters and pairs of them, and words of letters: "井盖坏了" → 井 井盖 盖 盖坏 坏 坏了 了.
std::string tokens_of(std::string_view text) {
    const auto points = to_code_points(to_lower_ascii(text));
    std::string out;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (is_han(points[i])) {
            append_utf8(out, points[i]);
            out += ' ';
            if (i + 1 < points.size() && is_han(points[i + 1])) {
                append_utf8(out, points[i]);
                append_utf8(out, points[i + 1]);
                out += ' ';
            }
        } else if (is_word_letter(points[i])) {
            // Numbers say nothing about the class.
            std::string word;
            while (i < points.size() && is_word_letter(points[i])) append_utf8(word, points[i++]);
            --i;
            if (word.find_first_not_of("0123456789") != std::string::npos) out += word + ' ';
        }
    }
    return out;
}

} // namespace

struct ClassModel::State {
    fasttext::FastText model;
};

ClassModel::ClassModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClassModel::~ClassModel() = default;

Result<std::shared_ptr<const ClassModel>> ClassModel::load(const std::string& path) {
    if (!files::exists(path)) return std::shared_ptr<const ClassModel>();
    auto state = std::make_unique<State>();
    try {
        state->model.loadModel(path);
    } catch (const std::exception& error) {
        return fail("model_unreadable", {{"file", path}, {"reason", error.what()}});
    }
    return std::shared_ptr<const ClassModel>(new ClassModel(std::move(state)));
}

Result<void> ClassModel::train(const std::vector<TrainingText>& texts, const std::string& path) {
    std::set<std::string> classes;
    std::map<std::string, int> lines;
    for (const auto& text : texts) {
        const auto tokens = tokens_of(text.words);
        if (tokens.empty()) continue;
        classes.insert(text.kind + "/" + text.class_code);
        auto& times = lines[std::string(label_mark) + text.kind + "/" + text.class_code + " " + tokens];
        times = std::min(times + text.times, times_max);
    }
    if (classes.size() < 2) return fail("training_too_small");
    files::create_directories(files::path(path).parent_path());
    const auto input = path + ".texts", fresh = path + ".new";
    {
        std::ofstream out(input);
        for (const auto& [line, times] : lines)
            for (int i = 0; i < times; ++i) out << line << '\n';
    }
    fasttext::Args args;
    args.input = input;
    args.output = path;
    args.model = fasttext::model_name::sup;
    args.loss = fasttext::loss_name::softmax;
    args.label = label_mark;
    args.dim = 64;
    args.lr = 0.5;
    args.minCount = 1;
    args.minn = args.maxn = 0;
    args.wordNgrams = 1;
    args.bucket = 0;
    args.thread = 1; // several threads give another model each time
    args.verbose = 0;
    args.epoch = std::clamp(static_cast<int>(200'000 / lines.size()), 5, 60);
    fasttext::FastText model;
    model.train(args);
    model.saveModel(fresh);
    files::remove(input);
    files::rename(fresh, path);
    return {};
}

std::vector<ClassGuess> ClassModel::guess(std::string_view words, std::size_t count, std::string_view kind) const {
    std::vector<ClassGuess> guesses;
    const auto tokens = tokens_of(words);
    if (tokens.empty()) return guesses;
    std::istringstream line(tokens + "\n");
    std::vector<std::pair<fasttext::real, std::string>> found;
    state_->model.predictLine(line, found, static_cast<std::int32_t>(kind.empty() ? count : count + 40), 0);
    for (const auto& [confidence, label] : found) {
        const auto name = label.substr(label_mark.size());
        const auto slash = name.find('/');
        if (slash == std::string::npos || (!kind.empty() && name.substr(0, slash) != kind)) continue;
        guesses.push_back({name.substr(0, slash), name.substr(slash + 1), std::min(1.0, static_cast<double>(confidence))});
        if (guesses.size() == count) break;
    }
    return guesses;
}

} // namespace chengge::hotline
