//! From documents to service levels.

use super::alert_policy::{AlertCondition, AlertPolicy, Comparison};
use super::document::{Content, Node, documents};
use super::field::{Field, Mapping};
use super::service_level::{Budgeting, Indicator, LevelObjective, Metric, MetricSource, ServiceLevel};
use super::time_window::{Length, LengthUnit, TimeWindow};
use crate::slo::Objective;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name};

/// The kinds of documents of OpenSLO v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ServiceLevel,
    Indicator,
    AlertPolicy,
    AlertCondition,
    AlertTarget,
    Service,
    DataSource,
}

impl Kind {
    const ALL: [(&'static str, Self); 7] = [
        ("SLO", Self::ServiceLevel),
        ("SLI", Self::Indicator),
        ("AlertPolicy", Self::AlertPolicy),
        ("AlertCondition", Self::AlertCondition),
        ("AlertNotificationTarget", Self::AlertTarget),
        ("Service", Self::Service),
        ("DataSource", Self::DataSource),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| *word)
    }
}

/// The head of a document, and the rest of it.
struct Object<'a> {
    kind: Kind,
    metadata: Metadata,
    /// The document as a whole, for errors.
    whole: Field<'a>,
    spec: Field<'a>,
}

#[derive(Default)]
struct Metadata {
    name: Option<Name>,
    display_name: Option<String>,
    labels: Vec<(String, Vec<String>)>,
    annotations: Vec<(String, String)>,
}

/// Reads the service levels of OpenSLO v1 documents, in their order.
///
/// Any number of YAML documents in one text, each an object or a list of objects. What an `SLO` refers to by
/// name (`SLI`, `AlertPolicy`, `AlertCondition`) has to be among them, in any order; a `DataSource` may be, and
/// then tells the kind of a source. `Service` and `AlertNotificationTarget` are checked and otherwise only
/// names. Nothing is ignored: an unknown field, or a value that cannot be represented, is an error. Except:
/// the `connectionDetails` of a `DataSource` may hold credentials and are neither looked at nor kept.
///
/// Limits, for texts of hostile origin: 1 MiB, 100,000 nodes (what aliases repeat included), 32 levels, 1,000
/// keys in a mapping. Anchors and aliases are understood, merge keys (`<<`) and tags are not. O(bytes) but
/// for keys, which are compared with one another.
///
/// # Errors
/// [`Error::Parse`] with the line and column in the text, the number and name of the document, and the path
/// of the field.
///
/// ```
/// use evenkeel_experience::slo::openslo;
///
/// let text = r#"
/// apiVersion: openslo/v1
/// kind: SLO
/// metadata: {name: checkout}
/// spec:
///   service: shop
///   indicator:
///     spec:
///       ratioMetric:
///         counter: true
///         bad: {metricSource: {type: Prometheus, spec: {query: 'requests_total{code=~"5.."}'}}}
///         total: {metricSource: {type: Prometheus, spec: {query: requests_total}}}
///   timeWindow: [{duration: 28d, isRolling: true}]
///   budgetingMethod: Occurrences
///   objectives: [{target: 0.999}]
/// "#;
/// let levels = openslo::read(text)?;
/// assert_eq!(levels[0].objectives[0].target.to_string(), "999/1000");
///
/// let wrong = openslo::read(&text.replace("0.999", "99.9")).unwrap_err();
/// assert_eq!(
///     wrong.to_string(),
///     "line 15, column 25: document 1 (SLO `checkout`), spec.objectives[0].target: \
///      expected a share above 0 and below 1 with at most nine decimal places, found `99.9`"
/// );
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
pub fn read(text: &str) -> Result<Vec<ServiceLevel>, Error> {
    let documents = documents(text)?;
    let mut objects = Vec::new();
    for (i, document) in documents.iter().enumerate() {
        let title = format!("document {}", i + 1);
        match &document.content {
            Content::Sequence(items) => {
                for (j, item) in items.iter().enumerate() {
                    objects.push(object(item, format!("{title}, item {}", j + 1))?);
                }
            }
            _ => objects.push(object(document, title)?),
        }
    }
    for (i, one) in objects.iter().enumerate() {
        if objects[..i].iter().any(|other| other.kind == one.kind && other.metadata.name == one.metadata.name)
        {
            return Err(one.whole.error("the second of its kind with this name"));
        }
    }
    let all = References { objects: &objects };
    let mut levels = Vec::new();
    for object in &objects {
        match object.kind {
            Kind::ServiceLevel => levels.push(all.service_level(object)?),
            // Also what nobody refers to has to be right.
            Kind::Indicator => drop(all.indicator(object)?),
            Kind::AlertPolicy => drop(all.alert_policy(object)?),
            Kind::AlertCondition => drop(alert_condition(object)?),
            Kind::AlertTarget => drop(alert_target(&object.spec)?),
            Kind::Service => {
                let mut spec = object.spec.mapping()?;
                description(&mut spec)?;
                spec.finish()?;
            }
            Kind::DataSource => drop(data_source(object)?),
        }
    }
    Ok(levels)
}

fn object(node: &Node, title: String) -> Result<Object<'_>, Error> {
    let mut whole = Field { document: title, path: String::new(), node };
    // So that also an error of the first field says which document it is in.
    if let Content::Mapping(entries) = &node.content {
        let text = |key: &str, entries: &[(String, _, Node)]| match entries.iter().find(|e| e.0 == key) {
            Some((.., Node { content: Content::Scalar { text, .. }, .. })) => Some(text.clone()),
            _ => None,
        };
        let name = entries.iter().find(|(key, ..)| key == "metadata").and_then(|(.., node)| {
            let Content::Mapping(entries) = &node.content else { return None };
            text("name", entries)
        });
        if let (Some(kind), Some(name)) = (text("kind", entries), name) {
            whole.document.push_str(&format!(" ({kind} `{name}`)"));
        }
    }
    let mut fields = whole.mapping()?;
    is_v1(&fields.required("apiVersion")?)?;
    let kind = fields.required("kind")?;
    let known = Kind::ALL.iter().find(|(word, _)| kind.text() == Ok(*word));
    let Some((_, known)) = known else {
        return Err(kind.error(&format!("no kind of OpenSLO v1: `{}`", kind.text()?)));
    };
    let metadata = metadata(&fields.required("metadata")?)?;
    if metadata.name.is_none() {
        return Err(whole.error("`metadata.name` is missing"));
    }
    let spec = fields.required("spec")?;
    fields.finish()?;
    Ok(Object { kind: *known, metadata, whole, spec })
}

fn is_v1(field: &Field<'_>) -> Result<(), Error> {
    match field.text()? {
        "openslo/v1" => Ok(()),
        other => Err(field.error(&format!("only openslo/v1 is understood, found `{other}`"))),
    }
}

fn metadata(field: &Field<'_>) -> Result<Metadata, Error> {
    let mut fields = field.mapping()?;
    let mut metadata = Metadata {
        name: fields.optional("name").map(|field| field.name().map(Name::from)).transpose()?,
        display_name: owned(fields.optional("displayName"))?,
        ..Metadata::default()
    };
    if let Some(labels) = fields.optional("labels") {
        for (key, field) in labels.mapping()?.all() {
            let values = match &field.node.content {
                Content::Sequence(_) => {
                    let items = field.items()?;
                    items.iter().map(|item| item.text().map(str::to_owned)).collect::<Result<_, _>>()?
                }
                _ => [field.text()?.to_owned()].into(),
            };
            metadata.labels.push((key.to_owned(), values));
        }
    }
    if let Some(annotations) = fields.optional("annotations") {
        for (key, field) in annotations.mapping()?.all() {
            metadata.annotations.push((key.to_owned(), field.text()?.to_owned()));
        }
    }
    fields.finish()?;
    Ok(metadata)
}

fn owned(field: Option<Field<'_>>) -> Result<Option<String>, Error> {
    field.map(|field| field.text().map(str::to_owned)).transpose()
}

fn description(spec: &mut Mapping<'_>) -> Result<Option<String>, Error> {
    let Some(field) = spec.optional("description") else { return Ok(None) };
    let text = field.text()?;
    if text.chars().count() > 1050 {
        return Err(field.error("more than 1050 characters"));
    }
    Ok(Some(text.to_owned()))
}

fn data_source<'a>(object: &Object<'a>) -> Result<&'a str, Error> {
    let mut spec = object.spec.mapping()?;
    description(&mut spec)?;
    let kind = spec.required("type")?.word()?;
    let _ = spec.optional("connectionDetails");
    spec.finish()?;
    Ok(kind)
}

fn alert_target(spec: &Field<'_>) -> Result<Name, Error> {
    let mut fields = spec.mapping()?;
    description(&mut fields)?;
    let target = Name::from(fields.required("target")?.name()?);
    fields.finish()?;
    Ok(target)
}

fn alert_condition(object: &Object<'_>) -> Result<AlertCondition, Error> {
    let mut spec = object.spec.mapping()?;
    let description = description(&mut spec)?;
    let severity = spec.required("severity")?.word()?.to_owned();
    let mut condition = spec.required("condition")?.mapping()?;
    if let Some(kind) = condition.optional("kind") {
        kind.one_of(&[("burnrate", ())])?;
    }
    let comparison = match condition.optional("op") {
        Some(field) => field.one_of(&Comparison::ALL)?,
        None => Comparison::Greater,
    };
    let field = condition.required("threshold")?;
    let threshold = field.number()?;
    if threshold <= 0.0 {
        return Err(field.error("expected a burn rate above 0"));
    }
    let lookback = Length::read_positive(&condition.required("lookbackWindow")?)?;
    let after = match condition.optional("alertAfter") {
        Some(field) => Length::read(&field)?,
        None => Length { count: 0, unit: LengthUnit::Minute },
    };
    condition.finish()?;
    spec.finish()?;
    let name = object.metadata.name.clone();
    Ok(AlertCondition { name, description, severity, comparison, threshold, lookback, after })
}

/// An object that is written in the place of a reference: with metadata or without.
fn inline<'a>(fields: &mut Mapping<'a>, kind: Kind) -> Result<Object<'a>, Error> {
    if let Some(version) = fields.optional("apiVersion") {
        is_v1(&version)?;
    }
    if let Some(field) = fields.optional("kind") {
        field.one_of(&[(kind.word(), ())])?;
    }
    let metadata = fields.optional("metadata").map(|field| metadata(&field)).transpose()?.unwrap_or_default();
    Ok(Object { kind, metadata, whole: fields.of.clone(), spec: fields.required("spec")? })
}

/// All documents, by name.
struct References<'a, 'b> {
    objects: &'b [Object<'a>],
}

impl<'a> References<'a, '_> {
    fn named(&self, kind: Kind, name: &str) -> Option<&Object<'a>> {
        let is_it = |object: &&Object<'a>| {
            object.kind == kind && object.metadata.name.as_ref().map(Name::as_str) == Some(name)
        };
        self.objects.iter().find(is_it)
    }

    fn required(&self, kind: Kind, field: &Field<'_>) -> Result<&Object<'a>, Error> {
        let name = field.name()?;
        self.named(kind, name)
            .ok_or_else(|| field.error(&format!("there is no {} `{name}` among the documents", kind.word())))
    }

    fn service_level(&self, object: &Object<'_>) -> Result<ServiceLevel, Error> {
        let mut spec = object.spec.mapping()?;
        let description = description(&mut spec)?;
        let service = Name::from(spec.required("service")?.name()?);
        let indicator = self.level_indicator(&mut spec)?;
        let window = match spec.optional("timeWindow") {
            None => None,
            Some(field) => match field.items()?.as_slice() {
                [window] => Some(TimeWindow::read(window)?),
                _ => return Err(field.error("expected exactly one window")),
            },
        };
        let budgeting = spec.required("budgetingMethod")?.one_of(&[
            ("Occurrences", Budgeting::Occurrences),
            ("Timeslices", Budgeting::Timeslices),
            ("RatioTimeslices", Budgeting::RatioTimeslices),
        ])?;
        let list = spec.required("objectives")?;
        let mut objectives = Vec::new();
        for field in list.items()? {
            objectives.push(self.objective(&field, indicator.as_ref(), budgeting)?);
        }
        if objectives.is_empty() {
            return Err(list.error("expected at least one objective"));
        }
        let thresholds = objectives.iter().filter(|one| matches!(one.indicator.metric, Metric::Threshold(_)));
        if indicator.is_some() && objectives.len() > 1 && thresholds.count() > 0 {
            return Err(list.error("a threshold metric has only one objective"));
        }
        let mut alerts = Vec::new();
        if let Some(field) = spec.optional("alertPolicies") {
            for item in field.items()? {
                alerts.push(self.alert(&item)?);
            }
        }
        spec.finish()?;
        let metadata = &object.metadata;
        Ok(ServiceLevel {
            name: metadata.name.clone().unwrap_or_else(|| Name::from("")),
            display_name: metadata.display_name.clone(),
            labels: metadata.labels.clone(),
            annotations: metadata.annotations.clone(),
            description,
            service,
            window,
            budgeting,
            is_composite: indicator.is_none(),
            objectives,
            alerts,
        })
    }

    /// The indicator that is written here or referred to, if there is one.
    fn level_indicator(&self, fields: &mut Mapping<'_>) -> Result<Option<Indicator>, Error> {
        match (fields.optional("indicator"), fields.optional("indicatorRef")) {
            (Some(field), Some(_)) => Err(field.error("`indicator` and `indicatorRef` exclude each other")),
            (Some(field), None) => {
                let mut inside = field.mapping()?;
                let object = inline(&mut inside, Kind::Indicator)?;
                inside.finish()?;
                self.indicator(&object).map(Some)
            }
            (None, Some(field)) => self.indicator(self.required(Kind::Indicator, &field)?).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn objective(
        &self,
        field: &Field<'_>,
        of_level: Option<&Indicator>,
        budgeting: Budgeting,
    ) -> Result<LevelObjective, Error> {
        let mut fields = field.mapping()?;
        let display_name = owned(fields.optional("displayName"))?;
        let indicator = match (self.level_indicator(&mut fields)?, of_level) {
            (Some(_), Some(_)) => {
                return Err(field.error("an indicator here and one of the service level exclude each other"));
            }
            (Some(own), None) => own,
            (None, Some(of_level)) => of_level.clone(),
            (None, None) => {
                let what = "no `indicator` or `indicatorRef`, neither here nor for the service level";
                return Err(field.error(what));
            }
        };
        let target = target(&mut fields)?;
        let op = fields.optional("op");
        let comparison = op.as_ref().map(|field| field.one_of(&Comparison::ALL)).transpose()?;
        let value = fields.optional("value").map(|field| field.number()).transpose()?;
        if matches!(indicator.metric, Metric::Threshold(_)) {
            if comparison.is_none() || value.is_none() {
                return Err(field.error("a threshold metric needs `op` and `value`"));
            }
        } else if let (Some(field), Some(Comparison::Less | Comparison::AtMost)) = (op, comparison) {
            return Err(field.error("a ratio that has to be low; only gt and gte have a meaning here"));
        }
        let (slice_target, slice) = slices(&mut fields, budgeting)?;
        let weight = match fields.optional("compositeWeight") {
            None => None,
            Some(field) if of_level.is_some() => {
                return Err(field.error("a weight has a meaning only where objectives have own indicators"));
            }
            Some(field) => match field.number()? {
                weight if weight >= 0.0 => Some(weight),
                _ => return Err(field.error("expected a weight of at least 0")),
            },
        };
        fields.finish()?;
        Ok(LevelObjective { display_name, target, indicator, comparison, value, slice_target, slice, weight })
    }

    fn indicator(&self, object: &Object<'_>) -> Result<Indicator, Error> {
        let mut spec = object.spec.mapping()?;
        let description = description(&mut spec)?;
        let metric = match (spec.optional("thresholdMetric"), spec.optional("ratioMetric")) {
            (Some(field), None) => Metric::Threshold(self.metric_source(&field)?),
            (None, Some(field)) => self.ratio(&field)?,
            _ => return Err(object.spec.error("expected one of `ratioMetric` and `thresholdMetric`")),
        };
        spec.finish()?;
        Ok(Indicator { name: object.metadata.name.clone(), description, metric })
    }

    fn ratio(&self, field: &Field<'_>) -> Result<Metric, Error> {
        let mut fields = field.mapping()?;
        let counter = fields.optional("counter").map(|field| field.boolean()).transpose()?.unwrap_or(false);
        let mut source = |key| fields.optional(key).map(|field| self.metric_source(&field)).transpose();
        let (good, bad, total, raw) = (source("good")?, source("bad")?, source("total")?, source("raw")?);
        let raw_type = fields.optional("rawType");
        let metric = match (good, bad, total, raw, raw_type) {
            (Some(good), None, Some(total), None, None) => Metric::Good { counter, good, total },
            (None, Some(bad), Some(total), None, None) => Metric::Bad { counter, bad, total },
            (None, None, None, Some(ratio), Some(kind)) => {
                Metric::Raw { is_success: kind.one_of(&[("success", true), ("failure", false)])?, ratio }
            }
            _ => {
                let what = "expected `good` and `total`, `bad` and `total`, or `raw` and `rawType`";
                return Err(field.error(what));
            }
        };
        fields.finish()?;
        Ok(metric)
    }

    fn metric_source(&self, field: &Field<'_>) -> Result<MetricSource, Error> {
        let mut outer = field.mapping()?;
        let mut fields = outer.required("metricSource")?.mapping()?;
        outer.finish()?;
        let reference = fields.optional("metricSourceRef");
        let known = match &reference {
            Some(field) => self.named(Kind::DataSource, field.name()?).map(data_source).transpose()?,
            None => None,
        };
        let own = fields.optional("type");
        let kind = match (&own, known) {
            (Some(field), Some(known)) if !field.word()?.eq_ignore_ascii_case(known) => {
                return Err(field.error(&format!("the data source is of type `{known}`")));
            }
            (Some(field), _) => Some(field.word()?.to_owned()),
            (None, Some(known)) => Some(known.to_owned()),
            (None, None) if reference.is_none() => {
                return Err(fields.of.error("neither `type` nor `metricSourceRef`"));
            }
            (None, None) => None,
        };
        let reference = reference.map(|field| field.name().map(Name::from)).transpose()?;
        let query = fields.optional("spec").map(|field| field.flattened()).unwrap_or_default();
        fields.finish()?;
        Ok(MetricSource { kind, reference, fields: query })
    }

    fn alert(&self, field: &Field<'_>) -> Result<AlertPolicy, Error> {
        // Early documents of v1 have the bare name.
        if let Content::Scalar { .. } = field.node.content {
            return self.alert_policy(self.required(Kind::AlertPolicy, field)?);
        }
        let mut fields = field.mapping()?;
        if let Some(reference) = fields.optional("alertPolicyRef") {
            fields.finish()?;
            return self.alert_policy(self.required(Kind::AlertPolicy, &reference)?);
        }
        let object = inline(&mut fields, Kind::AlertPolicy)?;
        fields.finish()?;
        self.alert_policy(&object)
    }

    fn alert_policy(&self, object: &Object<'_>) -> Result<AlertPolicy, Error> {
        let mut spec = object.spec.mapping()?;
        let description = description(&mut spec)?;
        let mut when = |key| spec.optional(key).map_or(Ok(false), |field| field.boolean());
        let (when_breaching, when_resolved, when_no_data) =
            (when("alertWhenBreaching")?, when("alertWhenResolved")?, when("alertWhenNoData")?);
        let conditions = spec.required("conditions")?;
        let condition = match conditions.items()?.as_slice() {
            [one] => {
                let mut fields = one.mapping()?;
                if let Some(reference) = fields.optional("conditionRef") {
                    fields.finish()?;
                    alert_condition(self.required(Kind::AlertCondition, &reference)?)?
                } else {
                    let object = inline(&mut fields, Kind::AlertCondition)?;
                    fields.finish()?;
                    alert_condition(&object)?
                }
            }
            _ => return Err(conditions.error("OpenSLO v1 allows exactly one condition")),
        };
        let mut targets = Vec::new();
        if let Some(field) = spec.optional("notificationTargets") {
            for item in field.items()? {
                let mut fields = item.mapping()?;
                if let Some(reference) = fields.optional("targetRef") {
                    targets.push(Name::from(reference.name()?));
                } else {
                    let object = inline(&mut fields, Kind::AlertTarget)?;
                    let kind = alert_target(&object.spec)?;
                    targets.push(object.metadata.name.unwrap_or(kind));
                }
                fields.finish()?;
            }
        }
        spec.finish()?;
        let name = object.metadata.name.clone();
        Ok(AlertPolicy { name, description, when_breaching, when_resolved, when_no_data, condition, targets })
    }
}

fn target(fields: &mut Mapping<'_>) -> Result<Objective, Error> {
    match (fields.optional("target"), fields.optional("targetPercent")) {
        (Some(field), None) => {
            let share = field.number()?;
            Objective::new(share).map_err(|_| {
                let must = "a share above 0 and below 1 with at most nine decimal places";
                field.error(&format!("expected {must}, found `{share}`"))
            })
        }
        (None, Some(field)) => {
            let percent = field.number()?;
            format!("{percent}%").parse().map_err(|_| {
                let must = "percent above 0 and below 100 with at most seven decimal places";
                field.error(&format!("expected {must}, found `{percent}`"))
            })
        }
        _ => Err(fields.of.error("expected one of `target` and `targetPercent`")),
    }
}

/// The target and the length of slices, as the method needs them.
fn slices(fields: &mut Mapping<'_>, budgeting: Budgeting) -> Result<(Option<f64>, Option<Length>), Error> {
    let window = fields.optional("timeSliceWindow");
    let target = fields.optional("timeSliceTarget");
    if budgeting == Budgeting::Occurrences {
        return match window.or(target) {
            Some(field) => Err(field.error("has no meaning where occurrences are counted")),
            None => Ok((None, None)),
        };
    }
    let Some(window) = window else {
        return Err(fields.of.error("`timeSliceWindow` is missing"));
    };
    // A number without a unit is in minutes.
    let length = match window.number() {
        Ok(minutes) if (1.0..=1e6).contains(&minutes) && minutes % 1.0 == 0.0 => {
            Length { count: minutes as u32, unit: LengthUnit::Minute }
        }
        Ok(_) => return Err(window.error("expected whole minutes, from 1 to a million")),
        Err(_) => Length::read_positive(&window)?,
    };
    let target = match (target, budgeting) {
        (Some(field), Budgeting::Timeslices) => match field.number()? {
            target if target > 0.0 && target <= 1.0 => Some(target),
            _ => return Err(field.error("expected a share above 0 and at most 1")),
        },
        (Some(field), _) => return Err(field.error("has no meaning where ratios of slices are averaged")),
        (None, Budgeting::Timeslices) => return Err(fields.of.error("`timeSliceTarget` is missing")),
        (None, _) => None,
    };
    Ok((target, Some(length)))
}
