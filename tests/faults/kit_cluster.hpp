// A private PostgreSQL whose server the test may stop, kill and starve.
#pragma once

#include <string>

#include "kit/database_kit.hpp"

namespace chengge::faults {

class Cluster {
public:
    static Cluster& shared();
    ~Cluster();
    std::string url(const std::string& database) const;
    void make_database(const std::string& name, const std::string& from = "");
    void drop_database(const std::string& name);
    void start();
    void stop(const std::string& how); // "fast", or "immediate" as by kill -9
    void restart(const std::string& how);
    void sql(const std::string& statement) const;
    // Ends every session on the database, as an administrator's pg_terminate_backend does.
    void end_sessions(const std::string& database) const;

private:
    Cluster();
    kit::ScratchFolder folder_;
};

} // namespace chengge::faults
