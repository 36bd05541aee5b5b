import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component, onWillUnmount, useState } from "@odoo/owl";

const { DateTime } = luxon;
// Bootstrap has no tone for what is neither good nor bad.
const CLASSES = { neutral: "secondary" };

/**
 * How long it is until a moment, as a person counts it down.
 *
 * @param {DateTime} moment
 * @param {DateTime} now
 * @returns {string} empty once the moment has passed
 */
export function countdown(moment, now = DateTime.now()) {
    const seconds = Math.ceil(moment.diff(now).as("seconds"));
    if (seconds <= 0) {
        return "";
    }
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (hours) {
        return _t("in %(hours)s h %(minutes)s min", { hours, minutes });
    }
    if (minutes) {
        return _t("in %(minutes)s min %(seconds)s s", { minutes, seconds: seconds % 60 });
    }
    return _t("in %(seconds)s s", { seconds });
}

/** The one state of a location: its words, its colour, and a button for each way out. */
export class GhlStatusField extends Component {
    static template = "ghl_contact_sync.StatusField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ busy: false, now: DateTime.now() });
        this.timer = setInterval(() => (this.state.now = DateTime.now()), 1_000);
        onWillUnmount(() => clearInterval(this.timer));
    }

    get status() {
        return this.props.record.data[this.props.name];
    }

    get left() {
        const { resume_at: resumeAt } = this.status;
        const moment = resumeAt && deserializeDateTime(resumeAt.replace(/[TZ]/g, " ").trim());
        return moment ? countdown(moment, this.state.now) : "";
    }

    colour(tone) {
        return CLASSES[tone] || tone;
    }

    async take(action) {
        this.state.busy = true;
        try {
            const { resModel, resId } = this.props.record;
            const next = await this.orm.call(resModel, "take_status_action", [
                [resId],
                action.code,
            ]);
            if (next && typeof next === "object") {
                await this.action.doAction(next);
            } else {
                await this.props.record.load();
            }
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("fields").add("ghl_status", {
    component: GhlStatusField,
    displayName: _t("State with Actions"),
    supportedTypes: ["json"],
});
