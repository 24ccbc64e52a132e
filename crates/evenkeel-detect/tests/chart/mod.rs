mod cusum;
mod ewma_chart;
mod page_hinkley;
mod shewhart;
