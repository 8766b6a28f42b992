//! Who belongs to whom.

use super::section::{Bounds, SHARE, section};

section! {
    /// The list of enterprises that belong to another of their county. It is complete: who is not on it stands alone.
    EnterpriseLink = "enterprise_link" {
        /// Years in which links begin, up to the last one that is judged.
        years: u16 = 4, "years", Bounds::Of(1.0, 30.0);
        /// Share of the enterprises that belong to another, at least one in a county; 0: there is no such list.
        share: f64 = 0.04, "ratio", SHARE;
        /// Share of the links that are a company's branches (分支机构).
        branch_share: f64 = 0.6, "ratio", SHARE;
        /// Share of the others that are members of a group (集团成员); what is left are successions (承继).
        group_share: f64 = 0.75, "ratio", SHARE;
        /// Share of those linked that belong to one that belongs to another itself.
        chain_share: f64 = 0.2, "ratio", SHARE;
    }
}
