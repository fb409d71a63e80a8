// chengge roots list | sign | rotate | key | export
#include <cstdio>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct Signed {
    std::vector<cases::RootKey> keys;
    std::vector<cases::SignedRoot> roots;
};

Signed load_signed(Installation& city) {
    return city.database->read([](storage::Transaction& transaction) {
        return Signed{cases::load_root_keys(transaction), cases::load_roots(transaction)};
    });
}

int list_roots(Installation& city, int last) {
    const auto all = load_signed(city).roots;
    const auto first = last > 0 && all.size() > static_cast<std::size_t>(last) ? all.size() - static_cast<std::size_t>(last) : 0;
    std::printf("number day        until                     steps    key                              hash\n");
    for (auto i = first; i < all.size(); ++i)
        std::printf("%6lld %s %s %8lld %s %s\n", static_cast<long long>(all[i].number), all[i].day.c_str(), format_rfc3339(all[i].until_ms).c_str(),
                    static_cast<long long>(all[i].leaf_count), all[i].key_id.c_str(), to_hex(cases::root_hash(all[i])).c_str());
    return 0;
}

int sign(Installation& city) {
    const auto count = city.roots->sign_now();
    if (!count) return refuse(count.error());
    const auto all = load_signed(city).roots;
    std::printf("%d roots signed%s\n", *count, all.empty() ? "; there is nothing to sign yet" : (", the newest is number " + std::to_string(all.back().number) + " of " + all.back().day).c_str());
    return 0;
}

int rotate(Installation& city, const std::string& algorithm, bool is_lost) {
    const auto key = city.roots->rotate_key(algorithm, is_lost);
    if (!key) return refuse(key.error());
    std::printf("%s %s %s\n%s", key->key_id.c_str(), key->key.algorithm.c_str(), city.roots->private_path(key->key_id).c_str(), public_pem(key->key).c_str());
    return 0;
}

int print_keys(Installation& city) {
    const auto keys = load_signed(city).keys;
    for (const auto& key : keys)
        std::printf("%lld %s %s made %s\n%s", static_cast<long long>(key.number), key.key_id.c_str(), key.key.algorithm.c_str(), format_rfc3339(key.made_ms).c_str(), public_pem(key.key).c_str());
    return 0;
}

// What a peer keeps as a witness: keys and roots, nothing of any case.
int export_roots(Installation& city, const std::string& out) {
    const auto all = load_signed(city);
    json::array keys, roots;
    for (const auto& key : all.keys) keys.push_back(cases::to_json(key));
    for (const auto& root : all.roots) roots.push_back(cases::to_json(root));
    const auto text = to_json_text(json::object{{"format", "chengge-roots-1"}, {"keys", std::move(keys)}, {"roots", std::move(roots)}}) + "\n";
    if (out.empty()) std::fwrite(text.data(), 1, text.size(), stdout);
    else save_file(out, text);
    return 0;
}

} // namespace

void add_roots_commands(Commands& commands) {
    auto& options = commands.options;
    auto& act = commands.act;
    static int last = 31;
    static std::string algorithm = "sm2", out;
    static bool is_lost = false;
    auto* roots = commands.app.add_subcommand("roots", "signed daily roots over the steps of all cases");
    roots->require_subcommand(1);

    auto* list = roots->add_subcommand("list", "the signed roots, newest last");
    add_city_options(*list, options);
    list->add_option("--last", last, "at most this many; 0 = all")->capture_default_str();
    list->footer("example: chengge roots list --data /var/lib/chengge --last 7");
    list->callback([&] { act = [&] { return with_city(options, [](Installation& city) { return list_roots(city, last); }); }; });

    auto* sign_command = roots->add_subcommand("sign", "sign what is recorded up to now, days that were missed first");
    add_city_options(*sign_command, options);
    sign_command->footer("example: chengge roots sign --data /var/lib/chengge");
    sign_command->callback([&] { act = [&] { return with_city(options, sign); }; });

    auto* rotate_command = roots->add_subcommand("rotate", "make a new signing key, endorsed by the one before; old roots stay valid under theirs");
    add_city_options(*rotate_command, options);
    rotate_command->add_option("--algorithm", algorithm, "sm2 or ed25519")->capture_default_str()->check(CLI::IsMember({"sm2", "ed25519"}));
    rotate_command->add_flag("--lost", is_lost, "the private key before is gone: the new one stands alone, and every audit says so");
    rotate_command->footer("example: chengge roots rotate --data /var/lib/chengge");
    rotate_command->callback([&] { act = [&] { return with_city(options, [](Installation& city) { return rotate(city, algorithm, is_lost); }); }; });

    auto* key = roots->add_subcommand("key", "print the public keys, newest last: what peers and courts are given");
    add_city_options(*key, options);
    key->footer("example: chengge roots key --data /var/lib/chengge");
    key->callback([&] { act = [&] { return with_city(options, print_keys); }; });

    auto* export_command = roots->add_subcommand("export", "keys and roots for a peer that keeps them as a witness (chengge audit --witness)");
    add_city_options(*export_command, options);
    export_command->add_option("--out", out, "a file; default: standard output");
    export_command->footer("example: chengge roots export --data /var/lib/chengge --out roots.json");
    export_command->callback([&] { act = [&] { return with_city(options, [](Installation& city) { return export_roots(city, out); }); }; });
}

} // namespace chengge::platform
