import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const WEB_ADDRESS = /^https?:\/\/\S+$/i;

/**
 * What a person reads for a JSON value. Nothing is left out: nested values that have
 * no simple form are shown as JSON.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function readable(value) {
    if (value === null || value === undefined || value === "") {
        return "–";
    }
    if (typeof value === "boolean") {
        return value ? _t("Yes") : _t("No");
    }
    if (Array.isArray(value)) {
        return value.length ? value.map(readable).join(", ") : "–";
    }
    if (typeof value === "object") {
        return Object.entries(value)
            .map(([key, part]) => `${key}: ${readable(part)}`)
            .join("; ");
    }
    return String(value);
}

/** A JSON object as a table of names and values, read-only. */
export class GhlKeyValuesField extends Component {
    static template = "ghl_contact_sync.KeyValuesField";
    static props = { ...standardFieldProps };

    get rows() {
        const value = this.props.record.data[this.props.name] || {};
        return Object.entries(value)
            .map(([name, part]) => {
                const text = readable(part);
                return { name, text, href: WEB_ADDRESS.test(text) ? text : false };
            })
            .sort((a, b) => a.name.localeCompare(b.name));
    }
}

registry.category("fields").add("ghl_key_values", {
    component: GhlKeyValuesField,
    displayName: _t("Names and Values"),
    supportedTypes: ["json"],
});
