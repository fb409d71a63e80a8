// chengge registry validate | layers | versions | restore
#include <cstdio>

#include "base/time.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

int validate(const InstallationOptions& options) {
    const auto loaded = load_city_layers(options);
    for (const auto& fault : loaded.faults) std::printf("%s\n", fault.in(spoken_language()).c_str());
    if (!loaded.faults.empty()) return 1;
    std::size_t fields = 0, classes = 0;
    for (const auto& layer : *loaded.layers) {
        fields += layer.fields.size();
        classes += layer.classes.size();
    }
    std::printf(spoken_language() == Language::zh ? "%zu 个图层，%zu 个字段，%zu 个部件小类：没有问题\n" : "%zu layers, %zu fields, %zu component classes: no fault\n", loaded.layers->size(), fields, classes);
    return 0;
}

int list_layers(Installation& city) {
    for (const auto& layer : city.registry->layers()) {
        const auto snapshot = city.registry->snapshot(layer.id);
        std::printf("%-24s %9zu  %6lld  %-25s %s\n", layer.id.c_str(), snapshot->size(), static_cast<long long>(snapshot->version()),
                    snapshot->version() > 0 ? format_rfc3339(snapshot->changed_ms()).c_str() : "-", layer.label.in(spoken_language()).c_str());
    }
    return 0;
}

int list_versions(Installation& city, const std::string& layer) {
    if (!city.registry->find_layer(layer)) return refuse({"layer_unknown", {}});
    for (const auto& one : city.registry->versions(layer))
        std::printf("%6lld  %s  %-10s +%lld ~%lld -%lld = %lld  %s%s\n", static_cast<long long>(one.version), format_rfc3339(one.made_ms).c_str(), one.kind.c_str(), static_cast<long long>(one.added),
                    static_cast<long long>(one.changed), static_cast<long long>(one.removed), static_cast<long long>(one.size), one.reason.c_str(), one.source.empty() ? "" : (" (" + one.source + ")").c_str());
    return 0;
}

int restore(Installation& city, const std::string& layer, std::int64_t version, const std::string& reason) {
    registry::Progress progress;
    std::int64_t told = 0;
    progress.tell = [&](std::int64_t done, std::int64_t) {
        if (done < told) told = 0; // the old version is read, now it is written
        if (done - told < 20'000) return;
        told = done;
        std::fprintf(stderr, "  %lld\n", static_cast<long long>(done));
    };
    const auto made = city.registry->restore(layer, version, {.person = std::nullopt, .reason = reason}, progress);
    if (!made) return refuse(made.error());
    std::printf(spoken_language() == Language::zh ? "第 %lld 版与第 %lld 版相同：新增 %lld，变更 %lld，移除 %lld\n" : "version %lld equals version %lld: %lld added, %lld changed, %lld removed\n",
                static_cast<long long>(made->version), static_cast<long long>(version), static_cast<long long>(made->added), static_cast<long long>(made->changed), static_cast<long long>(made->removed));
    return 0;
}

} // namespace

void add_registry_commands(Commands& commands) {
    auto& options = commands.options;
    auto& act = commands.act;
    static std::string layer, reason;
    static std::int64_t version = 0;
    auto* registry = commands.app.add_subcommand("registry", "base data of the city: layers, their versions");
    registry->require_subcommand(1);

    auto* validate_command = registry->add_subcommand("validate", "check the layer files without starting, every fault a line");
    validate_command->add_option("--overlay", options.overlay, "the city's own folder of changed layers");
    validate_command->footer("example: chengge registry validate --overlay /var/lib/chengge/overlay");
    validate_command->callback([&] { act = [&] { return validate(options); }; });

    auto* layers = registry->add_subcommand("layers", "every layer: features, version, when it changed");
    add_city_options(*layers, options);
    layers->footer("example: chengge registry layers --data /var/lib/chengge");
    layers->callback([&] { act = [&] { return with_city(options, list_layers); }; });

    auto* versions = registry->add_subcommand("versions", "the versions of a layer, newest first");
    add_city_options(*versions, options);
    versions->add_option("layer", layer, "components, heritage_trees …")->required();
    versions->footer("example: chengge registry versions components --data /var/lib/chengge");
    versions->callback([&] { act = [&] { return with_city(options, [](Installation& city) { return list_versions(city, layer); }); }; });

    auto* restore_command = registry->add_subcommand("restore", "bring an older version of a layer back, as a new version");
    add_city_options(*restore_command, options);
    restore_command->add_option("layer", layer, "components, heritage_trees …")->required();
    restore_command->add_option("--version", version, "the version's number")->required();
    restore_command->add_option("--reason", reason, "why; stands in the list of versions")->required();
    restore_command->footer("example: chengge registry restore components --version 3 --reason \"survey of November was wrong\" --data /var/lib/chengge");
    restore_command->callback([&] { act = [&] { return with_city(options, [](Installation& city) { return restore(city, layer, version, reason); }); }; });
}

} // namespace chengge::platform
