// 知识库 and 常用语: questions with their answers, found by the project's bigrams; what is said often.
#include <algorithm>

#include "base/text.hpp"
#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"
#include "storage/bigrams.hpp"
#include "storage/list_builder.hpp"

namespace chengge::hotline {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr std::string_view article_columns =
    "SELECT a.article_key, a.article_id, a.version, a.question, a.answer, a.kind, a.class_code, a.source, a.valid_from, a.valid_to, a.is_open, a.used_count, a.changed_by, a.changed_ms FROM knowledge_articles a";

// Valid today, by dates that are written year, month, day.
bool is_valid(const storage::Rows::Row& row, const std::string& today) {
    return row.flag("is_open") && (row.text("valid_from").empty() || row.text("valid_from") <= today) && (row.text("valid_to").empty() || row.text("valid_to") >= today);
}

json::object article_json(const HotlineService::State& state, const storage::Rows::Row& row, const std::string& language) {
    const auto set = state.parts.rules.current();
    const auto* problem = set->taxonomy.find_class("2026", row.text("kind"), row.text("class_code"));
    return {{"article_id", format_uuid(uuid_from_raw(row.bytes("article_id")))},
            {"version", row.integer("version")},
            {"question", row.text("question")},
            {"answer", row.text("answer")},
            {"kind", maybe_text(row.text("kind"))},
            {"class_code", maybe_text(row.text("class_code"))},
            {"class_name", problem == nullptr ? json::value(nullptr) : json::value(language == "en" && !problem->name_en.empty() ? problem->name_en : problem->name)},
            {"source", row.text("source")},
            {"valid_from", maybe_text(row.text("valid_from"))},
            {"valid_to", maybe_text(row.text("valid_to"))},
            {"is_open", row.flag("is_open")},
            {"is_valid", is_valid(row, format_date(city_date(state.parts.clock.now_ms())))},
            {"used_count", row.integer("used_count")},
            {"changed_by", state.person_name(uuid_from_raw(row.bytes("changed_by")))},
            {"changed_at", format_rfc3339(row.integer("changed_ms"))}};
}

} // namespace

Result<json::object> HotlineService::articles(const ArticleFilter& filter, const std::string& language) {
    auto& parts = state_->parts;
    const auto today = format_date(city_date(parts.clock.now_ms()));
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{article_columns};
        const auto words = std::string(trim(filter.words));
        if (!words.empty()) {
            const auto match = storage::to_match(words, transaction.engine());
            if (match.empty()) list.where("1 = 0");
            else list.where(transaction.engine() == storage::Engine::sqlite ? "a.article_key IN (SELECT rowid FROM knowledge_search WHERE knowledge_search MATCH :match)"
                                                                            : "a.article_key IN (SELECT s.article_key FROM knowledge_search s WHERE s.tokens @@ to_tsquery('simple', :match))",
                            {"match", match});
        }
        if (!filter.kind.empty()) list.where("a.kind = :kind", {"kind", filter.kind});
        if (!filter.class_code.empty()) list.where("a.class_code = :class_code", {"class_code", filter.class_code});
        if (filter.only_valid) list.where("a.is_open = 1 AND (a.valid_from = '' OR a.valid_from <= :today) AND (a.valid_to = '' OR a.valid_to >= :today)", {"today", today});
        if (!filter.cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 2));
            if (!std::holds_alternative<std::int64_t>(place[0]) || !std::holds_alternative<std::int64_t>(place[1])) return fail("bad_cursor");
            list.where("(a.used_count, a.article_key) < (:used, :key)", {{"used", place[0]}, {"key", place[1]}});
        }
        json::array items;
        json::value next = nullptr;
        std::int64_t used = 0, key = 0;
        for (const auto row : list.order_by("a.used_count DESC, a.article_key DESC").limit(filter.limit + 1).run(transaction)) {
            if (items.size() == static_cast<std::size_t>(filter.limit)) {
                next = storage::encode_cursor({used, key});
                break;
            }
            used = row.integer("used_count");
            key = row.integer("article_key");
            items.push_back(article_json(*state_, row, language));
        }
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<json::object> HotlineService::store_article(const Article& article, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    if (!article.class_code.empty() && parts.rules.current()->taxonomy.find_class("2026", article.kind, article.class_code) == nullptr) return fail("class_unknown", {{"class_code", article.class_code}});
    for (const auto& day : {article.valid_from, article.valid_to})
        if (!day.empty() && !parse_date(day)) return fail("bad_dates");
    if (!article.valid_from.empty() && !article.valid_to.empty() && article.valid_to < article.valid_from) return fail("bad_dates");
    return parts.database.write([&](Transaction& transaction) -> Result<json::object> {
        storage::Params params{{"article_id", blob_of(article.id)}, {"question", article.question}, {"answer", article.answer}, {"kind", article.class_code.empty() ? "" : article.kind}, {"class_code", article.class_code},
                               {"source", article.source}, {"valid_from", article.valid_from}, {"valid_to", article.valid_to}, {"is_open", article.is_open},
                               {"changed_by", blob_of(viewer.person_id)}, {"changed_ms", parts.clock.now_ms()}};
        if (article.version == 0) {
            transaction.run(sql::insert_article, params); // sent again: it is there
        } else {
            params.add("version", article.version);
            if (transaction.run(sql::update_article, params).affected == 0) {
                if (transaction.run(sql::find_article, {{"article_id", blob_of(article.id)}}).empty()) return fail("article_unknown");
                return fail("stale_article");
            }
        }
        ListBuilder list{article_columns};
        const auto rows = list.where("a.article_id = :article_id", {"article_id", blob_of(article.id)}).run(transaction);
        // Few and seldom changed: indexed at once, unlike cases.
        transaction.run(sql::index_article, {{"article_key", rows[0].integer("article_key")}, {"tokens", storage::to_bigrams(rows[0].text("question") + "\n" + rows[0].text("answer"))}});
        return article_json(*state_, rows[0], language);
    });
}

json::object HotlineService::phrases(const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    json::array items;
    parts.database.read([&](Transaction& transaction) {
        for (const auto row : transaction.run(sql::list_phrases, {{"person_id", blob_of(viewer.person_id)}}))
            items.push_back(json::object{{"phrase_id", format_uuid(uuid_from_raw(row.bytes("phrase_id")))}, {"words", row.text("words")}});
    });
    for (const auto& phrase : parts.data->phrases)
        if (viewer.roles.contains(phrase.list)) items.push_back(json::object{{"phrase_id", nullptr}, {"words", language == "en" && !phrase.en.empty() ? phrase.en : phrase.zh}});
    return {{"items", std::move(items)}};
}

void HotlineService::add_phrase(const Uuid& id, const std::string& words, const Viewer& viewer) {
    (void)state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::insert_phrase, {{"phrase_id", blob_of(id)}, {"person_id", blob_of(viewer.person_id)}, {"words", words}});
        return {};
    });
}

void HotlineService::drop_phrase(const Uuid& id, const Viewer& viewer) {
    (void)state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::drop_phrase, {{"phrase_id", blob_of(id)}, {"person_id", blob_of(viewer.person_id)}});
        return {};
    });
}

} // namespace chengge::hotline
