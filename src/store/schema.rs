//! The tables, as diesel knows them; `migrations/` makes them, and says what they are.

diesel::table! {
    heads (journal) {
        journal -> Text,
        position -> BigInt,
        digest -> Text,
        at -> Nullable<BigInt>,
        first -> Nullable<BigInt>,
    }
}

diesel::table! {
    seals (owner, day, part) {
        owner -> Text,
        day -> Text,
        part -> BigInt,
        closed -> Bool,
        seal -> Text,
        events -> BigInt,
        life_cycle -> BigInt,
    }
}

diesel::table! {
    lines (journal, position) {
        journal -> Text,
        position -> BigInt,
        entry -> BigInt,
        at -> BigInt,
        salt -> Text,
        actor -> Nullable<Text>,
        kind -> Text,
        object -> Text,
        outcome -> Text,
        detail -> Text,
        body -> Text,
        previous -> Text,
        digest -> Text,
    }
}

diesel::table! {
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    tenants (id) {
        id -> Text,
        name -> Text,
        archival_agency -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    actors (tenant, id) {
        tenant -> Text,
        id -> Text,
        label -> Text,
        permissions -> Text,
        agency -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    verifiers (tenant, actor) {
        tenant -> Text,
        actor -> Text,
        verifier -> Text,
    }
}

diesel::table! {
    transfers (tenant, id) {
        tenant -> Text,
        id -> Text,
        actor -> Text,
        received_at -> BigInt,
        package_name -> Text,
        package_size -> BigInt,
        package_digest -> Text,
        transferring_agency -> Nullable<Text>,
        message_identifier -> Nullable<Text>,
        version -> Nullable<Text>,
        acknowledgement -> Text,
        status -> Text,
        status_at -> Nullable<BigInt>,
        archive -> Nullable<Text>,
        reply -> Nullable<Text>,
        with_warnings -> Nullable<Bool>,
    }
}

diesel::table! {
    archives (tenant, sequence) {
        tenant -> Text,
        sequence -> BigInt,
        id -> Text,
        number -> BigInt,
        inventory -> Text,
        generation -> BigInt,
        transfer -> Text,
        version -> Text,
        dialect -> Text,
        message_identifier -> Text,
        date -> Text,
        comment -> Nullable<Text>,
        agreement -> Nullable<Text>,
        profile -> Nullable<Text>,
        service_level -> Nullable<Text>,
        acquisition -> Nullable<Text>,
        legal_status -> Nullable<Text>,
        archival_agency -> Text,
        transferring_agency -> Text,
        originating_agency -> Nullable<Text>,
        submission_agency -> Nullable<Text>,
        need_authorization -> Nullable<Bool>,
        accepted_at -> BigInt,
        units -> BigInt,
        groups -> BigInt,
        objects -> BigInt,
        bytes -> BigInt,
    }
}

diesel::table! {
    units (tenant, cursor) {
        tenant -> Text,
        cursor -> BigInt,
        id -> Text,
        archive -> Text,
        local_id -> Text,
        root -> Bool,
        group_id -> Nullable<Text>,
        existing_group -> Nullable<Text>,
        level -> Nullable<Text>,
        title -> Text,
        description -> Nullable<Text>,
        start_date -> Nullable<Text>,
        end_date -> Nullable<Text>,
        first_day -> Nullable<Text>,
        last_day -> Nullable<Text>,
        originating_agency -> Nullable<Text>,
        submission_agency -> Nullable<Text>,
        document_type -> Nullable<Text>,
        signing -> Nullable<Text>,
        need_authorization -> Nullable<Bool>,
        attachment_name -> Nullable<Text>,
        attachment_value -> Nullable<Text>,
    }
}

diesel::table! {
    unit_parents (tenant, cursor, ordinal) {
        tenant -> Text,
        cursor -> BigInt,
        ordinal -> BigInt,
        parent -> Text,
    }
}

diesel::table! {
    unit_identifiers (tenant, cursor, ordinal) {
        tenant -> Text,
        cursor -> BigInt,
        ordinal -> BigInt,
        kind -> Text,
        value -> Text,
    }
}

diesel::table! {
    unit_keywords (tenant, cursor, ordinal) {
        tenant -> Text,
        cursor -> BigInt,
        ordinal -> BigInt,
        keyword -> Text,
    }
}

diesel::table! {
    rule_categories (tenant, holder, ordinal) {
        tenant -> Text,
        holder -> Text,
        ordinal -> BigInt,
        category -> Text,
        prevent_inheritance -> Bool,
        ref_non_rule_ids -> Text,
        final_action -> Nullable<Text>,
    }
}

diesel::table! {
    rule_uses (tenant, holder, category_ordinal, ordinal) {
        tenant -> Text,
        holder -> Text,
        category_ordinal -> BigInt,
        ordinal -> BigInt,
        rule -> Text,
        start_day -> Nullable<Text>,
        hold_end -> Nullable<Text>,
    }
}

diesel::table! {
    object_groups (tenant, id) {
        tenant -> Text,
        id -> Text,
        archive -> Text,
        local_id -> Nullable<Text>,
    }
}

diesel::table! {
    objects (tenant, cursor) {
        tenant -> Text,
        cursor -> BigInt,
        id -> Text,
        archive -> Text,
        local_id -> Text,
        group_id -> Text,
        version -> Nullable<Text>,
        digital -> Bool,
        physical_id -> Nullable<Text>,
        name -> Nullable<Text>,
        raw_name -> Nullable<Text>,
        filename -> Nullable<Text>,
        size -> Nullable<BigInt>,
        digest -> Nullable<Text>,
        declared -> Nullable<Text>,
        puid -> Nullable<Text>,
        mime -> Nullable<Text>,
        format_name -> Nullable<Text>,
    }
}

diesel::table! {
    referential_versions (tenant, kind, version) {
        tenant -> Text,
        kind -> Text,
        version -> BigInt,
        digest -> Text,
        imported_at -> BigInt,
    }
}

diesel::table! {
    agencies (tenant, identifier) {
        tenant -> Text,
        identifier -> Text,
        name -> Text,
        description -> Nullable<Text>,
        roles -> Text,
        certificate -> Nullable<Text>,
    }
}

diesel::table! {
    agreements (tenant, identifier) {
        tenant -> Text,
        identifier -> Text,
        name -> Text,
        active -> Bool,
        transferring_agencies -> Text,
        originating_agencies -> Text,
        versions -> Text,
        dialects -> Text,
        acceptance -> Text,
        formats -> Text,
        signatures -> Text,
        profile -> Nullable<Text>,
        max_bytes -> Nullable<BigInt>,
        max_objects -> Nullable<BigInt>,
        master_mandatory -> Bool,
    }
}

diesel::table! {
    profiles (tenant, identifier) {
        tenant -> Text,
        identifier -> Text,
        language -> Text,
        version -> BigInt,
        imported_at -> BigInt,
        files -> Text,
    }
}

diesel::table! {
    rules (tenant, identifier) {
        tenant -> Text,
        identifier -> Text,
        category -> Text,
        value -> Text,
        description -> Nullable<Text>,
        duration_unit -> Nullable<Text>,
        duration -> Nullable<BigInt>,
    }
}

diesel::table! {
    jobs (tenant, id) {
        tenant -> Text,
        id -> Text,
        kind -> Text,
        subject -> Text,
        created_at -> BigInt,
        not_before -> BigInt,
        attempts -> BigInt,
        claimed_by -> Nullable<Text>,
        claimed_until -> Nullable<BigInt>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    uploads (tenant, id) {
        tenant -> Text,
        id -> Text,
        actor -> Text,
        length -> BigInt,
        received -> BigInt,
        path -> Text,
        metadata -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        until -> BigInt,
    }
}

diesel::table! {
    audits (volume) {
        volume -> Text,
        cursor -> Text,
        since -> BigInt,
        finished_at -> Nullable<BigInt>,
        copies -> BigInt,
        bytes -> BigInt,
        bad -> BigInt,
        repaired -> BigInt,
    }
}

diesel::table! {
    fixity (tenant, volume, object) {
        tenant -> Text,
        volume -> Text,
        object -> Text,
        verified_at -> BigInt,
        whole -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(actors, verifiers);
